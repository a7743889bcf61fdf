import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority of its own for one test, PEM all of it; `server` is for 127.0.0.1 and localhost. */
export interface Certificates {
  readonly ca: string;
  readonly server: KeyPair;
  /** Its common name is `loadline-client`. */
  readonly client: KeyPair;
}

export async function makeCertificates(): Promise<Certificates> {
  const directory = await mkdtemp(join(tmpdir(), "loadline-ca-"));
  const make = async (name: string, subject: string, ...more: string[]): Promise<KeyPair> => {
    const [key, cert] = [join(directory, `${name}.key`), join(directory, `${name}.crt`)];
    const algorithm = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    const names = ["-subj", `/CN=${subject}`, "-days", "2", "-keyout", key, "-out", cert];
    await run("openssl", ["req", "-x509", ...algorithm, ...names, ...more]);
    return { cert: await readFile(cert, "utf8"), key: await readFile(key, "utf8") };
  };
  try {
    const ca = await make("ca", "loadline-test-ca");
    const signed = ["-CA", join(directory, "ca.crt"), "-CAkey", join(directory, "ca.key")];
    const leaf = [...signed, "-addext", "basicConstraints=critical,CA:FALSE"];
    const sans = "subjectAltName=IP:127.0.0.1,DNS:localhost";
    const server = await make("server", "kubernetes", ...leaf, "-addext", sans);
    const client = await make("client", "loadline-client", ...leaf);
    return { ca: ca.cert, server, client };
  } finally {
    await rm(directory, { recursive: true });
  }
}
