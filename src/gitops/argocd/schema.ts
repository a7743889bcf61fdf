import { z } from "zod";
import { shownName } from "../render/message.ts";
import { refuse } from "../refusal.ts";

const text = z.string().nullish();
const flag = z.boolean().nullish();
const texts = z.array(z.string()).max(5000).nullish();
const record = z.record(z.string(), z.unknown());

const helmSchema = z.looseObject({
  releaseName: text,
  namespace: text,
  version: text,
  valueFiles: texts,
  ignoreMissingValueFiles: flag,
  values: text,
  valuesObject: record.nullish(),
  parameters: z.array(z.looseObject({ name: z.string(), value: text, forceString: flag })).nullish(),
  fileParameters: z.array(z.looseObject({ name: z.string(), path: z.string() })).nullish(),
  skipCrds: flag,
  skipTests: flag,
  skipSchemaValidation: flag,
  kubeVersion: text,
  apiVersions: texts,
});

const kustomizeSchema = z.looseObject({
  namePrefix: text,
  nameSuffix: text,
  namespace: text,
  images: texts,
  replicas: z.array(z.looseObject({ name: z.string(), count: z.union([z.number(), z.string()]) })).nullish(),
  commonLabels: z.record(z.string(), z.string()).nullish(),
  labelWithoutSelector: flag,
  labelIncludeTemplates: flag,
  commonAnnotations: z.record(z.string(), z.string()).nullish(),
  commonAnnotationsEnvsubst: flag,
  patches: z.array(record).nullish(),
  components: texts,
  ignoreMissingComponents: flag,
});

const directorySchema = z.looseObject({
  recurse: flag,
  include: text,
  exclude: text,
  disableExtensionFilter: flag,
  jsonnet: record.nullish(),
});

const sourceSchema = z.looseObject({
  repoURL: z.string(),
  path: text,
  targetRevision: z.union([z.string(), z.number()]).nullish(),
  chart: text,
  ref: text,
  helm: helmSchema.nullish(),
  kustomize: kustomizeSchema.nullish(),
  directory: directorySchema.nullish(),
  plugin: z.unknown().optional(),
});

const metadataSchema = z.looseObject({ name: z.string(), namespace: text });

/** What of an Application matters for what it renders; `source` stays raw, for files may be merged over it. */
const applicationSchema = z.looseObject({
  metadata: metadataSchema,
  spec: z.looseObject({
    project: text,
    destination: z.looseObject({ namespace: text }).nullish(),
    source: record.nullish(),
    sources: z.array(record).max(500).nullish(),
    sourceHydrator: z.looseObject({ drySource: record }).nullish(),
  }),
});

export type Source = z.infer<typeof sourceSchema>;
export type HelmOptions = z.infer<typeof helmSchema>;
export type KustomizeOptions = z.infer<typeof kustomizeSchema>;
export type DirectoryOptions = z.infer<typeof directorySchema>;
export type Application = z.infer<typeof applicationSchema>;

export function parseApplication(object: unknown): Application {
  return parse(applicationSchema, object, "the Application");
}

export function parseSource(object: unknown): Source {
  return parse(sourceSchema, object, "the Application's source");
}

/** Refuses what is not of the shape, and says where. */
export function parse<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const { data, error } = schema.safeParse(value);
  if (data !== undefined) return data;
  const [issue] = error?.issues ?? [];
  const place = issue === undefined || issue.path.length === 0 ? "" : ` ${shownName(issue.path.join("."))}`;
  return refuse("invalid", `${what} is not valid:${place} ${issue?.message ?? "unknown"}`);
}
