import { z } from "zod";

/** What a pull request says of itself to the next sweep, hidden in its body. */
const markerSchema = z.object({
  version: z.literal(1),
  /** `cluster Kind/namespace/name container` of the containers that it changes, as many as there is room for. */
  workloads: z.array(z.string()),
  /** Changes exactly when the proposed edits do. */
  fingerprint: z.string(),
});

export type Marker = z.infer<typeof markerSchema>;

/** Nothing from outside can begin a line of a body with it: names and paths stand in code, without line breaks. */
const MARKER = /^<!-- loadline (\{[^<>]*\}) -->$/gm;
const LONGEST_LIST = 4000;

export function writeMarker(marker: Marker): string {
  let room = LONGEST_LIST;
  const workloads = marker.workloads.filter((workload) => (room -= escaped(workload).length + 1) >= 0);
  return `<!-- loadline ${escaped({ ...marker, workloads })} -->`;
}

/** The last marker of a body, where it is written; `undefined` where there is none that can be read. */
export function readMarker(body: string): Marker | undefined {
  const [, json] = [...body.matchAll(MARKER)].at(-1) ?? [];
  if (json === undefined) return undefined;
  try {
    return markerSchema.parse(JSON.parse(json));
  } catch {
    return undefined;
  }
}

/** JSON that can't end the comment that holds it. */
function escaped(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>-]/g,
    (character) => `\\u00${character.charCodeAt(0).toString(16)}`,
  );
}
