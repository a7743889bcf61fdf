import { parse } from "yaml";
import { z } from "zod";
import type { Delivery, TrackingSettings } from "../../domain/delivery.ts";
import { ignoredInline, IgnoreRule, ignoredResources } from "./ignored-differences.ts";
import { part, Text } from "./shapes.ts";

/** What the ConfigMap `argocd-cm` of an Argo CD says that matters here. */
export interface ArgoSettings {
  readonly tracking: TrackingSettings;
  /** For the objects of all its Applications. */
  readonly ignores: Pick<Delivery, "ignoresResources" | "ignoresInline">;
}

const LABEL_KEY = "app.kubernetes.io/instance";

/** What holds where the ConfigMap is not there, or may not be read. */
export function defaultSettings(namespace: string): ArgoSettings {
  return {
    tracking: { namespace, labelKey: LABEL_KEY },
    ignores: { ignoresResources: [], ignoresInline: [] },
  };
}

export function readArgoSettings(namespace: string, item: unknown): ArgoSettings {
  const { data } = ConfigMap.parse(item);
  const rules = Object.entries(data).flatMap(([key, value]) => ruleOf(key, value));
  return {
    tracking: {
      namespace,
      method: Method.parse(data["application.resourceTrackingMethod"]),
      labelKey: Text.parse(data["application.instanceLabelKey"]) ?? LABEL_KEY,
      installationId: Text.parse(data["installationID"]),
    },
    ignores: { ignoresResources: ignoredResources(rules), ignoresInline: ignoredInline(rules) },
  };
}

const PREFIX = "resource.customizations.ignoreDifferences.";

/** `resource.customizations.ignoreDifferences.apps_Deployment`, or `…all`. */
function ruleOf(key: string, value: unknown): z.output<typeof IgnoreRule>[] {
  if (!key.startsWith(PREFIX) || typeof value !== "string") return [];
  const [, group, kind] = /^(.*)_([^_]+)$/.exec(key.slice(PREFIX.length)) ?? [];
  const which = kind === undefined ? {} : { group, kind };
  const rule = IgnoreRule.safeParse({ ...yaml(value), ...which });
  return rule.success ? [rule.data] : [];
}

function yaml(text: string): object {
  try {
    const value: unknown = parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

const Method = z.enum(["annotation", "label", "annotation+label"]).optional().catch(undefined);
const ConfigMap = part({ data: z.record(z.string(), z.unknown()).catch({}) });
