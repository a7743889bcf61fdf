/** A file of a repository that others go by. */
export interface PresetName {
  /** `owner/name`. */
  readonly repository: string;
  readonly path: string;
  /** Branch, tag or commit; the default branch where absent. */
  readonly ref?: string;
}

const USUAL_PATH = "loadline.yml";
const WRITTEN = /^([\w-]+\/[\w.-]+?)(?:\/\/([\w.-]+(?:\/[\w.-]+)*))?(?:@([\w.-]+(?:\/[\w.-]+)*))?$/;

/** `owner/repo`, `owner/repo//path@ref`; `undefined` where a text is neither. */
export function parsePresetName(text: string): PresetName | undefined {
  const [, repository, path = USUAL_PATH, ref] = WRITTEN.exec(text) ?? [];
  const steps = [...(repository?.split("/") ?? []), ...path.split("/")];
  if (repository === undefined || steps.some((step) => step === "." || step === "..")) return undefined;
  return { repository, path, ...(ref === undefined ? {} : { ref }) };
}

/** The same text for the same preset, however it was written: `acme/presets//loadline.yml@v2`. */
export function presetText({ repository, path, ref }: PresetName): string {
  return `${repository.toLowerCase()}//${path}${ref === undefined ? "" : `@${ref}`}`;
}
