import { z } from "zod";

/** What a pull request says of itself to the next sweep, hidden in its body. */
const markerSchema = z.object({
  version: z.literal(1),
  /** `cluster Kind/namespace/name container` of each container that it changes. */
  workloads: z.array(z.string()),
  /** Changes exactly when the proposed edits do. */
  fingerprint: z.string(),
});

export type Marker = z.infer<typeof markerSchema>;

const MARKER = /<!-- loadline (\{.*\}) -->/;

export function writeMarker(marker: Marker): string {
  const json = JSON.stringify(marker).replace(
    /[<>-]/g,
    (character) => `\\u00${character.charCodeAt(0).toString(16)}`,
  );
  return `<!-- loadline ${json} -->`;
}

/** The first marker of a body; `undefined` where there is none that can be read. */
export function readMarker(body: string): Marker | undefined {
  const [, json] = MARKER.exec(body) ?? [];
  if (json === undefined) return undefined;
  try {
    return markerSchema.parse(JSON.parse(json));
  } catch {
    return undefined;
  }
}
