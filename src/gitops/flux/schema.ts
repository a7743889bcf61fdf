import { z } from "zod";
import { shownName } from "../render/message.ts";
import { refuse } from "../refusal.ts";

/** Longer lists are an attack, not a configuration. */
const MOST = 1000;

/** Names, paths, addresses; texts with contents of their own are not bound. */
const LONGEST = 4096;

const line = z.string().max(LONGEST);
const text = line.nullish();
const flag = z.boolean().nullish();
const texts = z.array(line).max(MOST).nullish();
const map = z.record(z.string(), z.unknown());
/** What YAML reads as a number, the cluster's admission would refuse or take for its text. */
const scalars = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String));
const version = z.union([z.string(), z.number().transform(String)]).nullish();

/** Dots and dashes between letters and digits; capitals are wrong but harmless. */
const name = z.string().regex(/^[\w](?:[\w.-]{0,251}\w)?$/, "is no name of an object");
const metadata = z.looseObject({ name: line, namespace: text });
const reference = z.looseObject({ kind: line, name: line, namespace: text });
const contentReference = z.looseObject({ kind: line, name: line, optional: flag });

const patchesShape = {
  patches: z
    .array(z.looseObject({ patch: z.string(), target: map.nullish() }))
    .max(MOST)
    .nullish(),
  patchesStrategicMerge: z.array(map).max(MOST).nullish(),
  patchesJson6902: z
    .array(z.looseObject({ patch: z.array(map), target: map }))
    .max(MOST)
    .nullish(),
  images: z.array(map).max(MOST).nullish(),
};
const patches = z.looseObject(patchesShape);

const chart = z.looseObject({
  chart: line,
  version,
  sourceRef: reference,
  valuesFiles: texts,
  valuesFile: text,
  ignoreMissingValuesFiles: flag,
});

/** Only what matters for what is rendered. */
export const fluxSchemas = {
  object: z.looseObject({ metadata: z.looseObject({ name, namespace: name.nullish() }) }),
  kustomization: z.looseObject({
    spec: z.looseObject({
      ...patchesShape,
      path: text,
      sourceRef: reference,
      suspend: flag,
      targetNamespace: text,
      namePrefix: text,
      nameSuffix: text,
      components: texts,
      ignoreMissingComponents: flag,
      commonMetadata: z.looseObject({ labels: scalars.nullish() }).nullish(),
      postBuild: z
        .looseObject({
          substitute: scalars.nullish(),
          substituteFrom: z.array(contentReference).max(MOST).nullish(),
        })
        .nullish(),
    }),
  }),
  release: z.looseObject({
    spec: z.looseObject({
      chart: z.looseObject({ spec: chart }).nullish(),
      chartRef: reference.nullish(),
      releaseName: text,
      targetNamespace: text,
      suspend: flag,
      values: map.nullish(),
      valuesFrom: z
        .array(contentReference.extend({ valuesKey: text, targetPath: text }))
        .max(MOST)
        .nullish(),
      postRenderers: z
        .array(z.looseObject({ kustomize: patches.nullish() }))
        .max(MOST)
        .nullish(),
      install: z.looseObject({ crds: text, disableSchemaValidation: flag }).nullish(),
      test: z.looseObject({ enable: flag }).nullish(),
    }),
  }),
  helmChart: z.looseObject({ metadata, spec: chart }),
  gitRepository: z.looseObject({
    spec: z.looseObject({
      url: line,
      ref: z.looseObject({ branch: text, tag: version, semver: version, commit: text, name: text }).nullish(),
    }),
  }),
  helmRepository: z.looseObject({ spec: z.looseObject({ url: line }) }),
  ociRepository: z.looseObject({
    spec: z.looseObject({
      url: line,
      ref: z.looseObject({ tag: version, semver: version, digest: text }).nullish(),
    }),
  }),
  configMap: z.looseObject({ data: z.record(z.string(), z.unknown()).nullish() }),
  secret: z.looseObject({ data: map.nullish(), stringData: map.nullish() }),
};

type Schemas = typeof fluxSchemas;
export type KustomizationSpec = z.infer<Schemas["kustomization"]>["spec"];
export type ReleaseSpec = z.infer<Schemas["release"]>["spec"];
export type ChartSpec = z.infer<typeof chart>;
export type Reference = z.infer<typeof reference>;
export type ContentReference = z.infer<typeof contentReference>;
export type Patches = z.infer<typeof patches>;

/** The object in its shape; what is not of it is refused with the place. */
export function parse<T>(schema: z.ZodType<T>, object: unknown, shown: string): T {
  const { data, error } = schema.safeParse(object);
  if (data !== undefined) return data;
  const [issue] = error?.issues ?? [];
  const place = issue === undefined ? "" : `: ${shownName(issue.path.join("."))}: ${issue.message}`;
  return refuse("invalid", `${shown} is not what Flux takes${place}`);
}
