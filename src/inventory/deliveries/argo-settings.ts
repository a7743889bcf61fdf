import { parse } from "yaml";
import { z } from "zod";
import type { IgnoredDifference, TrackingSettings } from "../../domain/delivery.ts";
import { IgnoreRule, ignoredResources } from "./ignored-differences.ts";
import { part, Text } from "./shapes.ts";

/** What the ConfigMap `argocd-cm` of an Argo CD says that matters here. */
export interface ArgoSettings {
  readonly tracking: TrackingSettings;
  /** For the objects of all its Applications. */
  readonly ignoresResources: readonly IgnoredDifference[];
}

const LABEL_KEY = "app.kubernetes.io/instance";

/** What holds where the ConfigMap is not there, or may not be read. */
export function defaultSettings(namespace: string): ArgoSettings {
  return { tracking: { namespace, labelKey: LABEL_KEY }, ignoresResources: [] };
}

export function readArgoSettings(namespace: string, item: unknown): ArgoSettings {
  const { data } = ConfigMap.parse(item);
  return {
    tracking: {
      namespace,
      method: Method.parse(data["application.resourceTrackingMethod"]),
      labelKey: Text.parse(data["application.instanceLabelKey"]) ?? LABEL_KEY,
      installationId: Text.parse(data["installationID"]),
    },
    ignoresResources: Object.entries(data).flatMap(([key, value]) => ignoredBy(key, value)),
  };
}

const PREFIX = "resource.customizations.ignoreDifferences.";

/** `resource.customizations.ignoreDifferences.apps_Deployment`, or `…all`. */
function ignoredBy(key: string, value: unknown): IgnoredDifference[] {
  if (!key.startsWith(PREFIX) || typeof value !== "string") return [];
  const [, group, kind] = /^(.*)_([^_]+)$/.exec(key.slice(PREFIX.length)) ?? [];
  const which = kind === undefined ? {} : { group, kind };
  const rule = IgnoreRule.safeParse({ ...yaml(value), ...which });
  return rule.success ? ignoredResources([rule.data]) : [];
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
