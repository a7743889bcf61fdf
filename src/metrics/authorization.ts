import { readFile, stat } from "node:fs/promises";
import { InputError } from "../domain/input-error.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import type { OutgoingRequest } from "./outgoing-request.ts";
import { serverAddress } from "./server-address.ts";
import { amazonSignature, signingScopeOf } from "./sigv4.ts";

/** The headers that say who asks, the user's own ones included. */
export type Authorize = (request: OutgoingRequest) => Promise<Readonly<Record<string, string>>>;

/** How requests to this server say who asks. Reads no file before the first request. */
export function authorizationOf(options: ConnectionOptions): Authorize {
  const { bearerToken, bearerTokenFile, headers = {} } = options;
  if (options.sigv4 !== undefined) {
    const scope = signingScopeOf(options.sigv4, new URL(serverAddress(options.url).endpoint));
    return async (request) => ({ ...(await amazonSignature(request, scope)), ...headers });
  }
  const user = options.basicAuth ?? serverAddress(options.url).userInfo;
  if (bearerToken !== undefined) return async () => ({ ...bearer(bearerToken), ...headers });
  if (bearerTokenFile !== undefined) {
    const token = changingFile(bearerTokenFile);
    return async () => ({ ...bearer(await token()), ...headers });
  }
  if (user === undefined) return async () => headers;
  const pair = Buffer.from(`${user.username}:${user.password}`).toString("base64");
  return async () => ({ authorization: `Basic ${pair}`, ...headers });
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

/** The trimmed text of a file as it is now, read again only when it has changed. */
function changingFile(file: string): () => Promise<string> {
  let [text, version] = ["", ""];
  return async () => {
    try {
      const { mtimeMs, size, ino } = await stat(file);
      const seen = `${mtimeMs} ${size} ${ino}`;
      if (seen !== version) text = (await readFile(file, "utf8")).trim();
      version = seen;
      return text;
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
      throw new InputError(`${file}: the bearer token can't be read (${code})`);
    }
  };
}
