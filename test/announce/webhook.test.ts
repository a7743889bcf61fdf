import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { type Patience, post, usualPatience } from "../../src/announce/webhook.ts";
import { type Reply, reply, type ScriptedServer, scriptedServer } from "../support/scripted-server.ts";

const SECRET = "services/T000/B000/secret";
const SOON: Patience = { tries: 4, waitMs: 5, until: new AbortController().signal };
const HANG_UP: Reply = (response) => response.destroy();

const tell = async (server: ScriptedServer, patience = SOON): Promise<string | undefined> =>
  await post({ variable: "HOOK" }, '{"text":"b"}', { HOOK: `${server.url}/${SECRET}` }, patience);

it("posts JSON to the address that a file or the environment holds", async () => {
  await using server = await scriptedServer(reply(200, "ok"), reply(204, ""));
  const file = path.join(await mkdtemp(path.join(tmpdir(), "loadline-hook-")), "url");
  await writeFile(file, `${server.url}/${SECRET}\n`);
  expect(await post({ file }, '{"text":"a"}', {}, usualPatience())).toBeUndefined();
  expect(await tell(server)).toBeUndefined();
  expect(server.asked.map((one) => one.path)).toEqual([`/${SECRET}`, `/${SECRET}`]);
  expect(server.asked[0]?.headers["content-type"]).toBe("application/json");
});

it.each<[string, Reply]>([
  ["a server's fault", reply(503, SECRET)],
  ["too many requests", reply(429, "")],
  ["a connection that breaks", HANG_UP],
])("what may pass is tried again: %s", async (_what, fault) => {
  await using server = await scriptedServer(fault, fault, reply(200, "ok"));
  expect(await tell(server)).toBeUndefined();
  expect(server.asked).toHaveLength(3);
});

it("but not for ever", async () => {
  await using server = await scriptedServer(...Array.from({ length: 9 }, () => reply(500, SECRET)));
  expect(await tell(server)).toBe("it answered 500");
  expect(server.asked).toHaveLength(4);
});

it.each([302, 400, 404, 410])("what does not pass is not: %i", async (status) => {
  const location = "http://127.0.0.1:1/elsewhere";
  await using server = await scriptedServer(reply(status, SECRET, status === 302 ? { location } : {}));
  expect(await tell(server)).toBe(`it answered ${status}`);
  expect(server.asked).toHaveLength(1);
});

it("waits for as long as it is asked to, but not for minutes", async () => {
  await using server = await scriptedServer(
    reply(429, "", { "retry-after": "1" }),
    reply(200, "ok"),
    reply(503, "", { "retry-after": "600" }),
  );
  const before = performance.now();
  expect(await tell(server)).toBeUndefined();
  expect(performance.now() - before).toBeGreaterThan(999);
  expect(await tell(server)).toBe("it answered 503, and asks to wait for 10 min");
  expect(server.asked).toHaveLength(3);
});

it("when its time is over nothing is waited for or sent any more", async () => {
  await using server = await scriptedServer(reply(503, "", { "retry-after": "20" }));
  const brief: Patience = { ...SOON, until: AbortSignal.timeout(100) };
  expect(await tell(server, brief)).toBe("it answered 503, and there was no time left to try again");
  expect(await tell(server, brief)).toBe("there was no time left for it");
  expect(server.asked).toHaveLength(1);
});

it("what goes wrong is said without the address", async () => {
  const env = { WRONG: `file:///${SECRET}`, GONE: `http://127.0.0.1:1/${SECRET}` };
  const said = [
    await post({ variable: "WRONG" }, "{}", env, SOON),
    await post({ variable: "MISSING" }, "{}", env, SOON),
    await post({ file: "/nonexistent" }, "{}", env, SOON),
    await post({ variable: "GONE" }, "{}", env, SOON),
  ];
  expect(said).toEqual([
    ...Array.from({ length: 3 }, () => "its address is missing, or is no http(s) URL"),
    "it can't be reached (ECONNREFUSED)",
  ]);
  expect(said.join()).not.toContain("secret");
});
