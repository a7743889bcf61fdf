import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { InputError } from "../../src/domain/input-error.ts";
import { prometheusSource } from "../../src/metrics/prometheus.ts";
import { amazonSignature, signingScopeOf } from "../../src/metrics/sigv4.ts";
import { reply, type ScriptedServer, scriptedServer } from "../support/scripted-server.ts";

const EXAMPLE = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };

/** From Amazon's Signature Version 4 test suite: 2015-08-30, us-east-1, `service`. */
const VECTORS = [
  ["GET", "/", {}, "", "host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"],
  [
    "POST",
    "/",
    {},
    "",
    "host;x-amz-date",
    "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
  ],
  [
    "GET",
    "/?Param2=value2&Param1=value1",
    {},
    "",
    "host;x-amz-date",
    "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
  ],
  [
    "POST",
    "/",
    { "content-type": "application/x-www-form-urlencoded" },
    "Param1=value1",
    "content-type;host;x-amz-date",
    "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
  ],
] as const;

describe("a request to Amazon", () => {
  it.each(VECTORS)(
    "%s %s %j %s is signed as its test suite says",
    async (method, path, headers, body, names, signature) => {
      const request = { method, url: new URL(`https://example.amazonaws.com${path}`), headers, body };
      const scope = { region: "us-east-1", service: "service", credentials: async () => EXAMPLE };
      const signed = await amazonSignature(request, scope, new Date("2015-08-30T12:36:00Z"));
      expect(signed["authorization"]).toBe(
        `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${names}, Signature=${signature}`,
      );
      expect(signed["x-amz-date"]).toBe("20150830T123600Z");
    },
  );
});

describe("the region of a workspace", () => {
  afterEach(() => vi.unstubAllEnvs());
  const regionOf = (host: string, region?: string): string =>
    signingScopeOf(region === undefined ? {} : { region }, new URL(`https://${host}/workspaces/ws-1`)).region;

  it.each([
    ["aps-workspaces.us-east-1.amazonaws.com", "us-east-1"],
    ["vpce-1-2.aps-workspaces.ap-southeast-2.vpce.amazonaws.com", "ap-southeast-2"],
    ["aps-workspaces.us-gov-west-1.amazonaws.com", "us-gov-west-1"],
  ])("of %s is %s", (host, region) => {
    expect(regionOf(host)).toBe(region);
    expect(regionOf(host, "eu-west-1")).toBe("eu-west-1");
  });

  it("stands in the environment where the address has none, or is asked for", () => {
    vi.stubEnv("AWS_DEFAULT_REGION", undefined);
    vi.stubEnv("AWS_REGION", "eu-central-1");
    expect(regionOf("proxy.internal")).toBe("eu-central-1");
    vi.stubEnv("AWS_REGION", undefined);
    expect(() => regionOf("proxy.internal")).toThrow(InputError);
  });
});

describe("credentials for Amazon", () => {
  let server: ScriptedServer;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "loadline-amazon-"));
    server = await scriptedServer();
  });
  afterEach(() => vi.unstubAllEnvs());
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });
  const ask = async (profile?: string): Promise<string> => {
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
    vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", join(folder, "credentials"));
    vi.stubEnv("AWS_CONFIG_FILE", join(folder, "config"));
    const sigv4 = { region: "eu-west-1", ...(profile === undefined ? {} : { profile }) };
    const query = { metric: "up", matchers: [], window: { startMs: 0, endMs: 1 }, by: [] };
    await prometheusSource({ url: server.url, sigv4, retries: 0 }).last(query);
    return server.asked.at(-1)?.headers.authorization ?? "";
  };
  const empty = reply(200, { status: "success", data: { resultType: "vector", result: [] } });

  it("come from the environment, or from the profile of a file", async () => {
    server.next(empty, empty);
    await writeFile(
      join(folder, "credentials"),
      "[metrics]\naws_access_key_id = AKIDFILE\naws_secret_access_key = s3cret\n",
    );
    expect(await ask("metrics")).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDFILE\/\d{8}\/eu-west-1\/aps\/aws4_request, SignedHeaders=content-type;host;x-amz-date, /,
    );
    vi.stubEnv("AWS_ACCESS_KEY_ID", EXAMPLE.accessKeyId);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", EXAMPLE.secretAccessKey);
    vi.stubEnv("AWS_SESSION_TOKEN", "t0ken");
    expect(await ask()).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/.*;x-amz-security-token/);
    expect(server.asked.at(-1)?.headers["x-amz-security-token"]).toBe("t0ken");
  });

  it("that are nowhere are the user's to give", async () => {
    const error: unknown = await ask("unknown").catch((error: unknown) => error);
    expect(error).toBeInstanceOf(InputError);
    expect(error).toHaveProperty(
      "message",
      expect.stringMatching(/^no credentials to sign .*AWS_ACCESS_KEY_ID/),
    );
  });
});
