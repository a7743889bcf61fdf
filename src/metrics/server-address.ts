import { InputError } from "../domain/input-error.ts";

export interface ServerAddress {
  /** The address before `/api/v1`, without credentials: for requests, and fit for messages. */
  readonly endpoint: string;
  readonly userInfo: { readonly username: string; readonly password: string } | undefined;
}

/** Reads the address of a Prometheus or its kin. */
export function serverAddress(text: string): ServerAddress {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "")
    throw new InputError(
      "--prometheus takes an address such as http://host:9090, with neither ? nor # in it",
    );
  const endpoint = url.origin + url.pathname.replace(/\/*(?:api\/v1\/*)?$/, "");
  const userInfo =
    url.username === "" ? undefined : { username: decoded(url.username), password: decoded(url.password) };
  return { endpoint, userInfo };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new InputError("--prometheus: before the @ of the address, a % is written as %25");
  }
}
