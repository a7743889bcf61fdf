import { chmod, mkdir } from "node:fs/promises";
import { type Server, createServer } from "node:http";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { InputError } from "../../src/domain/input-error.ts";
import { NO_SURROUNDINGS } from "../../src/domain/surroundings.ts";
import type { ClusterAccess } from "../../src/inventory/kubeconfig.ts";
import { kubernetesInventory } from "../../src/inventory/kubernetes.ts";
import { type Certificates, makeCertificates } from "../support/certificates.ts";
import { KubernetesApiServer } from "../support/kubernetes-api.ts";

let certificates: Certificates;
let api: KubernetesApiServer;

beforeAll(async () => {
  certificates = await makeCertificates();
});
beforeEach(async () => {
  api = await KubernetesApiServer.start(certificates);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await api[Symbol.asyncDispose]();
});

const base64 = (text: string) => Buffer.from(text).toString("base64");

async function enter(access: ClusterAccess) {
  const inventory = kubernetesInventory(access, { tries: 1, requestMs: 5000 });
  return await inventory.discover({ namespaces: [], labels: {} });
}

async function refusal(access: ClusterAccess): Promise<string> {
  const error: unknown = await enter(access).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InputError);
  const message = error instanceof Error ? error.message : "";
  expect(message).not.toContain(api.token);
  return message;
}

const LETS_IN = { workloads: [], warnings: [], surroundings: NO_SURROUNDINGS };

describe("credentials", () => {
  test("a wrong token is refused with what to do", async () => {
    const kubeconfig = await api.kubeconfig({ user: { token: "old" } });
    expect(await refusal({ kubeconfig })).toBe(
      `https://127.0.0.1:${api.port} refuses the credentials (401): the token or client certificate is wrong or has expired. Log in again, or choose another --context.`,
    );
  });

  test("a client certificate is enough", async () => {
    const { cert, key } = certificates.client;
    const user = { "client-certificate-data": base64(cert), "client-key-data": base64(key) };
    expect(await enter({ kubeconfig: await api.kubeconfig({ user }) })).toEqual(LETS_IN);
  });

  test("a token file, relative to the kubeconfig, is read", async () => {
    await api.file("token.txt", api.token);
    const kubeconfig = await api.kubeconfig({ user: { tokenFile: "token.txt", token: "old" } });
    expect(await enter({ kubeconfig })).toEqual(LETS_IN);
  });

  test("a token file that is not there is named", async () => {
    const kubeconfig = await api.kubeconfig({ user: { tokenFile: "nowhere.txt" } });
    expect(await refusal({ kubeconfig })).toContain("nowhere.txt");
  });

  test("a credential plugin is not run unless that is allowed", async () => {
    const credential = {
      apiVersion: "client.authentication.k8s.io/v1",
      kind: "ExecCredential",
      status: { token: api.token },
    };
    const command = await api.file(
      "plugin",
      `#!/bin/sh\ntouch "$0.ran"\necho '${JSON.stringify(credential)}'\n`,
    );
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command };
    const kubeconfig = await api.kubeconfig({ user: { exec } });
    expect(await refusal({ kubeconfig })).toContain(
      'user "tester" gets its credentials from a program that the kubeconfig names (exec), which is not run unless allowed',
    );
    await expect(chmod(`${command}.ran`, 0o600)).rejects.toThrow("ENOENT");
    expect(await enter({ kubeconfig, allowExec: true })).toEqual(LETS_IN);
  });

  test("an old auth provider that runs a command is not run either", async () => {
    const config = { "cmd-path": "/bin/false", "token-key": "{.token}" };
    const kubeconfig = await api.kubeconfig({ user: { "auth-provider": { name: "gcp", config } } });
    expect(await refusal({ kubeconfig })).toContain("which is not run unless allowed");
  });

  test.for([
    ["prints no credential", `echo 'TOKEN'`],
    ["fails", `echo 'TOKEN' >&2; exit 1`],
    ["prints something else", `echo '{"kind":"TOKEN"}'`],
  ])(
    "a credential plugin that %s is bad input, and what it printed is not repeated",
    async ([, script = ""]) => {
      const command = await api.file("plugin", `#!/bin/sh\n${script.replace("TOKEN", api.token)}\n`);
      const kubeconfig = await api.kubeconfig({ user: { exec: { command } } });
      expect(await refusal({ kubeconfig, allowExec: true })).toContain('The credentials of user "tester"');
    },
  );

  test("a credential plugin that is not installed is named", async () => {
    const kubeconfig = await api.kubeconfig({ user: { exec: { command: "no-such-plugin" } } });
    expect(await refusal({ kubeconfig, allowExec: true })).toContain("spawn no-such-plugin ENOENT");
  });
});

describe("the way to the server", () => {
  test("a certificate of an authority that is not trusted is refused", async () => {
    const kubeconfig = await api.kubeconfig({ cluster: { "certificate-authority-data": undefined } });
    expect(await refusal({ kubeconfig })).toContain("no trusted connection");
  });

  test("the certificate authority may be a file beside the kubeconfig, and holds without any user, too", async () => {
    await api.file("ca.crt", certificates.ca);
    const cluster = { "certificate-authority-data": undefined, "certificate-authority": "ca.crt" };
    expect(await enter({ kubeconfig: await api.kubeconfig({ cluster }) })).toEqual(LETS_IN);
    const anonymous = await api.file(
      "anonymous.yaml",
      `{current-context: c, contexts: [{name: c, context: {cluster: c}}], clusters: [{name: c, cluster: {server: "https://127.0.0.1:${api.port}", certificate-authority: ca.crt}}]}`,
    );
    expect(await refusal({ kubeconfig: anonymous })).toContain("refuses the credentials (401)");
  });

  test("the server's certificate is held against tls-server-name", async () => {
    const named = (name: string) => api.kubeconfig({ cluster: { "tls-server-name": name } });
    expect(await enter({ kubeconfig: await named("localhost") })).toEqual(LETS_IN);
    expect(await refusal({ kubeconfig: await named("elsewhere.example") })).toContain(
      "no trusted connection (ERR_TLS_CERT_ALTNAME_INVALID)",
    );
  });

  test("a proxy is used where proxy-url names one", async () => {
    const tunnels: string[] = [];
    const proxy = await startProxy(tunnels);
    const address = proxy.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const kubeconfig = await api.kubeconfig({ cluster: { "proxy-url": `http://127.0.0.1:${port}` } });
    expect(await enter({ kubeconfig })).toEqual(LETS_IN);
    expect(new Set(tunnels)).toEqual(new Set([`127.0.0.1:${api.port}`]));
    proxy.close();
  });

  test("a server that is not there is bad input", async () => {
    const kubeconfig = await api.kubeconfig({ cluster: { server: "https://127.0.0.1:1" } });
    expect(await refusal({ kubeconfig })).toBe(
      "https://127.0.0.1:1 cannot be reached (ECONNREFUSED). Check the server in the kubeconfig.",
    );
  });

  test("plain http is refused unless the kubeconfig allows it", async () => {
    const kubeconfig = await api.kubeconfig({ cluster: { server: "http://127.0.0.1:8001" } });
    expect(await refusal({ kubeconfig })).toContain("insecure-skip-tls-verify: true");
  });
});

describe("the kubeconfig", () => {
  test("one that is not there is named", async () => {
    expect(await refusal({ kubeconfig: "no/such/file" })).toContain(
      "kubeconfig no/such/file: cannot be read: ENOENT",
    );
  });

  test("one with bad YAML is named with the line, without what stands there", async () => {
    const kubeconfig = await api.file("bad.yaml", `apiVersion: v1\nusers:\n  - token: "${api.token}\n`);
    expect(await refusal({ kubeconfig })).toMatch(/^kubeconfig .*bad\.yaml:\d: not valid YAML$/);
  });

  test.for([
    ["that is empty", "", "the file"],
    ["that is a text", "hello", "the file"],
    ["whose cluster has no server", "clusters: [{name: a, cluster: {}}]", "clusters.0.cluster.server"],
    ["whose server is a number", "clusters: [{name: a, cluster: {server: 1}}]", "clusters.0.cluster.server"],
  ])("one %s is refused with the place", async ([, text = "", place = ""]) => {
    expect(await refusal({ kubeconfig: await api.file("odd.yaml", text) })).toContain(`odd.yaml: ${place}:`);
  });

  test("a context that it does not have is answered with those that it has", async () => {
    const kubeconfig = await api.kubeconfig();
    expect(await refusal({ kubeconfig, context: "prod" })).toBe(
      `kubeconfig ${kubeconfig} has no context "prod". Contexts there are: test.`,
    );
  });

  test("without a current context, one has to be chosen", async () => {
    const kubeconfig = await api.file("none.yaml", "contexts: []");
    expect(await refusal({ kubeconfig })).toContain("sets no current context: choose one with --context");
  });

  test("a context whose cluster or user is not there is refused", async () => {
    const lost = (rest: string) =>
      api.file(
        "lost.yaml",
        `{current-context: c, contexts: [{name: c, context: {cluster: c, user: u}}], ${rest}}`,
      );
    expect(await refusal({ kubeconfig: await lost("clusters: []") })).toContain(
      "its cluster is not in the file",
    );
    const withCluster = await lost(`clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]`);
    expect(await refusal({ kubeconfig: withCluster })).toContain('its user "u" is not in the file');
  });

  test("KUBECONFIG may name several files, the first current context holds", async () => {
    const second = await api.file("second.yaml", "current-context: other");
    vi.stubEnv("KUBECONFIG", `${await api.kubeconfig()}:${second}`);
    expect(await enter({})).toEqual(LETS_IN);
    expect(await refusal({ context: "prod" })).toContain("Contexts there are: test.");
  });

  test("without one, there is ~/.kube/config, then the pod's service account, then advice", async () => {
    const home = join(dirname(await api.kubeconfig()), "home");
    vi.stubEnv("HOME", home);
    vi.stubEnv("KUBECONFIG", "");
    vi.stubEnv("KUBERNETES_SERVICE_HOST", undefined);
    expect(await refusal({})).toContain("Name one with --kubeconfig");
    vi.stubEnv("KUBERNETES_SERVICE_HOST", "127.0.0.1");
    vi.stubEnv("KUBERNETES_SERVICE_PORT", String(api.port));
    expect(await refusal({})).not.toContain("Name one with --kubeconfig");
    await mkdir(join(home, ".kube"), { recursive: true });
    await api.file(join("home", ".kube", "config"), "contexts: []");
    expect(await refusal({})).toContain(join(home, ".kube", "config"));
  });
});

/** A proxy that opens a tunnel for whoever asks, and notes where to. */
async function startProxy(tunnels: string[]): Promise<Server> {
  const proxy = createServer();
  proxy.on("connect", ({ url = "" }, client) => {
    tunnels.push(url);
    const [host = "", port] = url.split(":");
    const upstream = connect(Number(port), host, () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [upstream, client]) socket.on("error", () => socket.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return proxy;
}
