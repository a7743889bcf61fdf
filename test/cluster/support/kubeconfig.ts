import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";

export interface ApiServer {
  readonly url: string;
  /** PEM of what signed its certificate. */
  readonly ca: string;
}

/** Writes a kubeconfig whose only context is `test`, and returns its path. */
export async function writeKubeconfig(folder: string, server: ApiServer, token: string): Promise<string> {
  const file = join(folder, `kubeconfig-${randomUUID()}.yaml`);
  const ca = Buffer.from(server.ca).toString("base64");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "test",
    contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
    clusters: [{ name: "test", cluster: { server: server.url, "certificate-authority-data": ca } }],
    users: [{ name: "test", user: { token } }],
  };
  await writeFile(file, stringify(config), { mode: 0o600 });
  return file;
}
