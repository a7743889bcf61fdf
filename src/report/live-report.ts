import { z } from "zod";
import { deliveryKey } from "../domain/delivery.ts";
import { RESOURCE_FIELDS } from "../domain/resources.ts";
import type { LiveSource } from "../gitops/live/live-source.ts";

export const deliverySchema = z.strictObject({
  name: z.string().describe("Such as Application/argocd/shop."),
  tool: z.enum(["Argo CD", "Flux"]),
  sync: z.enum(["Synced", "OutOfSync", "Unknown"]),
  health: z.enum(["Healthy", "Progressing", "Degraded", "Suspended", "Missing", "Unknown"]),
  revisions: z
    .array(z.string().nullable())
    .describe("The newest that was compared with the cluster, in the order of the sources."),
});

export const effectSchema = z.strictObject({
  code: z.string().describe("A stable code."),
  message: z.string(),
  fields: z.array(z.enum(RESOURCE_FIELDS)).describe("The numbers that it concerns."),
  pointless: z.boolean().describe("Merging would have no lasting effect on these numbers."),
  manager: z.string().nullable().describe("Who wrote them last, where it is not the GitOps tool."),
  at: z.iso.datetime().nullable().describe("When."),
});

/** What was checked from what lives to where it is written, in order. */
export const linkSchema = z.strictObject({
  link: z.enum([
    "object",
    "mark",
    "delivery",
    "destination",
    "made-by",
    "repository",
    "revision",
    "recipe",
    "line",
    "live",
  ]),
  held: z.enum(["yes", "no", "unknown"]),
  checked: z.string(),
});

export function reportDelivery(live: LiveSource | undefined): z.output<typeof deliverySchema> | null {
  if (!live?.delivery) return null;
  const { tool, sync, health, sources } = live.delivery;
  const revisions = sources.map(({ revision }) => revision ?? null);
  return { name: deliveryKey(live.delivery), tool, sync, health, revisions };
}

export function reportEffects(live: LiveSource | undefined): z.output<typeof effectSchema>[] {
  return (live?.effects ?? []).map(({ code, message, fields, pointless, writer }) => ({
    code,
    message,
    fields: [...fields],
    pointless,
    manager: writer?.manager ?? null,
    at: writer?.atMs === undefined ? null : new Date(writer.atMs).toISOString(),
  }));
}
