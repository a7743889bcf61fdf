import { readFile } from "node:fs/promises";
import { request } from "undici";

/** Where an address is read: whoever has it can write there, so that it is a secret. */
export type SecretAddress = { readonly file: string } | { readonly variable: string };

const LONGEST_MS = 10_000;

/**
 * Posts JSON once; gives what went wrong, in words that never hold the address. A redirect is not followed, since
 * nobody said that what is told may go there.
 */
export async function post(
  address: SecretAddress,
  body: string,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const url = URL.parse(await addressIn(address, env));
  if (url?.protocol !== "https:" && url?.protocol !== "http:")
    return "its address is missing, or is no http(s) URL";
  try {
    const { statusCode, body: answer } = await request(url, {
      method: "POST",
      headers: { "content-type": "application/json", "user-agent": "loadline" },
      body,
      signal: AbortSignal.timeout(LONGEST_MS),
    });
    await answer.dump();
    return statusCode >= 200 && statusCode < 300 ? undefined : `it answered ${statusCode}`;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "no answer";
    return `it can't be reached (${code})`;
  }
}

async function addressIn(address: SecretAddress, env: NodeJS.ProcessEnv): Promise<string> {
  if ("variable" in address) return (env[address.variable] ?? "").trim();
  return (await readFile(address.file, "utf8").catch(() => "")).trim();
}
