import { createHash, createHmac } from "node:crypto";
import { InputError } from "../domain/input-error.ts";
import type { OutgoingRequest } from "./outgoing-request.ts";
import type { SigV4Options } from "./connection-options.ts";

export interface AmazonCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface SigningScope {
  readonly region: string;
  readonly service: string;
  readonly credentials: () => Promise<AmazonCredentials>;
}

/** The headers that sign a request by Amazon's Signature Version 4, as of now where no date is given. */
export async function amazonSignature(
  { method, url, headers, body }: OutgoingRequest,
  scope: SigningScope,
  signingDate = new Date(),
): Promise<Record<string, string>> {
  const { SignatureV4 } = await import("@smithy/signature-v4");
  const signer = new SignatureV4({ ...scope, sha256: Sha256, applyChecksum: false });
  const { headers: signed } = await signer.sign(
    {
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: queryOf(url),
      headers: { ...headers, host: url.host },
      body,
    },
    { signingDate },
  );
  // The connection says itself for which host it is.
  const { host: _, ...own } = signed;
  return own;
}

/**
 * Who signs, and where: the region stands in the address, else in the environment; the credentials are those
 * that Amazon's own tools would use, and are fetched anew before they expire. Throws `InputError` without region.
 */
export function signingScopeOf(
  { region, service = "aps", profile }: SigV4Options,
  address: URL,
): SigningScope {
  const inAddress = address.hostname.split(".").find((part) => /^[a-z]{2}(?:-[a-z]+)+-\d+$/.test(part));
  const found = region ?? inAddress ?? process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"];
  if (found === undefined)
    throw new InputError(`${address.host}: no region to sign for; give sigv4.region, or set AWS_REGION`);
  let provider: Promise<() => Promise<AmazonCredentials>> | undefined;
  return {
    region: found,
    service,
    async credentials() {
      provider ??= providerOf(profile);
      try {
        return await (
          await provider
        )();
      } catch (error) {
        const why = error instanceof Error ? error.message.slice(0, 200) : "";
        throw new InputError(
          `no credentials to sign requests to ${address.host} with (${why}); set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or a role`,
        );
      }
    },
  };
}

async function providerOf(profile: string | undefined): Promise<() => Promise<AmazonCredentials>> {
  const { defaultProvider } = await import("@aws-sdk/credential-provider-node");
  return defaultProvider(profile === undefined ? {} : { profile });
}

function queryOf({ searchParams }: URL): Record<string, string[]> {
  return Object.fromEntries([...new Set(searchParams.keys())].map((key) => [key, searchParams.getAll(key)]));
}

/** What the signer wants of a hash. */
class Sha256 {
  readonly #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      secret === undefined
        ? createHash("sha256")
        : createHmac("sha256", typeof secret === "string" ? secret : bytesOf(secret));
  }
  update(data: Uint8Array): void {
    this.#hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

function bytesOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
