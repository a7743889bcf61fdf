import { findProgram, type Program } from "../../../src/gitops/render/program.ts";
import type { Rendered } from "../../../src/gitops/render/rendered.ts";
import { renderersForTests } from "../../support/renderers.ts";

export const renderers = await renderersForTests();

export type Release = "current" | "older";

export async function program(name: "helm" | "kubectl", release: Release = "current"): Promise<Program> {
  const found = await findProgram(name, { path: renderers?.[release][name] });
  if ("refused" in found) throw new Error(found.refused.message);
  return found;
}

export function objectsOf(rendered: Rendered): readonly unknown[] {
  if ("refused" in rendered) throw new Error(rendered.refused.message);
  return rendered.objects;
}
