import { WHY } from "./sections/evidence.ts";

/** The body with a line more among its reasons, once; a body without reasons stays as it is. */
export function withTried(body: string, line: string): string {
  if (body.includes(line)) return body;
  return body.replace(new RegExp(`^${WHY}\\r?\\n`, "m"), (heading) => `${heading}${line}\n`);
}
