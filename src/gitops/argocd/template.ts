import { isRecord } from "../../manifests/key-path.ts";
import { renderFastTemplate } from "./fast-template.ts";
import { renderGoTemplate } from "./go-template/evaluate.ts";
import { isTrue } from "./go-template/values.ts";
import type { Parameters } from "./parameters.ts";
import { MissingParameter } from "../refusal.ts";
import type { Spend } from "./work-limit.ts";

/** Which templates an ApplicationSet has. */
export interface TemplateOptions {
  readonly goTemplate: boolean;
  /** `missingkey=error`. */
  readonly strict: boolean;
  readonly spend: Spend;
}

export function renderText(template: string, parameters: Parameters, options: TemplateOptions): string {
  const rendered = options.goTemplate
    ? renderGoTemplate(template, parameters, options)
    : renderFastTemplate(template, parameters);
  options.spend(rendered.length);
  return rendered;
}

/** Every text of a tree, keys too. */
export function renderTree(template: unknown, parameters: Parameters, options: TemplateOptions): unknown {
  if (Object.keys(parameters).length === 0) return template;
  if (typeof template === "string") return renderText(template, parameters, options);
  if (Array.isArray(template)) return template.map((child) => renderTree(child, parameters, options));
  if (!isRecord(template)) return template;
  return Object.fromEntries(
    Object.entries(template).map(([key, child]) => [
      renderText(key, parameters, options),
      renderTree(child, parameters, options),
    ]),
  );
}

/** A generator of a matrix with the parameters of the one before it; its own `values` may wait for its own. */
export function renderGenerator(
  generator: Parameters,
  parameters: Parameters,
  options: TemplateOptions,
): Parameters {
  if (Object.keys(parameters).length === 0) return generator;
  const { git } = generator;
  const { values, ...rest } = isRecord(git) ? git : { values: undefined };
  const rendered = renderTree({ ...generator, ...(isRecord(git) ? { git: rest } : {}) }, parameters, options);
  if (!isRecord(rendered)) return generator;
  if (!isRecord(values)) return rendered;
  const resolved = Object.entries(values).map(([key, value]) => [
    key,
    typeof value === "string" ? orUnchanged(value, parameters, options) : value,
  ]);
  return {
    ...rendered,
    git: { ...(isRecord(rendered["git"]) ? rendered["git"] : {}), values: Object.fromEntries(resolved) },
  };
}

function orUnchanged(template: string, parameters: Parameters, options: TemplateOptions): string {
  try {
    return renderText(template, parameters, { ...options, strict: true });
  } catch (error) {
    if (error instanceof MissingParameter) return template;
    throw error;
  }
}

/** A generator's own template; what it leaves empty comes from the ApplicationSet's. */
export function withDefaults(template: unknown, defaults: unknown): unknown {
  if (!isTrue(template)) return defaults;
  if (!isRecord(template) || !isRecord(defaults)) return template;
  const names = new Set([...Object.keys(defaults), ...Object.keys(template)]);
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      // To Argo CD these are bytes.
      name === "valuesObject"
        ? (template[name] ?? defaults[name])
        : withDefaults(template[name], defaults[name]),
    ]),
  );
}
