import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { post } from "../../src/announce/webhook.ts";
import { reply, scriptedServer } from "../support/scripted-server.ts";

const SECRET = "services/T000/B000/secret";

it("posts JSON to the address that a file or the environment holds", async () => {
  await using server = await scriptedServer(reply(200, "ok"), reply(204, ""));
  const address = `${server.url}/${SECRET}`;
  const file = path.join(await mkdtemp(path.join(tmpdir(), "loadline-hook-")), "url");
  await writeFile(file, `${address}\n`);
  expect(await post({ file }, '{"text":"a"}', {})).toBeUndefined();
  expect(await post({ variable: "HOOK" }, '{"text":"b"}', { HOOK: address })).toBeUndefined();
  expect(server.asked.map((one) => one.path)).toEqual([`/${SECRET}`, `/${SECRET}`]);
  expect(server.asked[0]?.headers["content-type"]).toBe("application/json");
});

it("what goes wrong is said without the address, and no redirect is followed", async () => {
  await using server = await scriptedServer(
    reply(302, "", { location: "http://127.0.0.1:1/elsewhere" }),
    reply(500, SECRET),
  );
  const env = {
    HOOK: `${server.url}/${SECRET}`,
    WRONG: `file:///${SECRET}`,
    GONE: `http://127.0.0.1:1/${SECRET}`,
  };
  const said = [
    await post({ variable: "HOOK" }, "{}", env),
    await post({ variable: "HOOK" }, "{}", env),
    await post({ variable: "WRONG" }, "{}", env),
    await post({ variable: "MISSING" }, "{}", env),
    await post({ file: "/nonexistent" }, "{}", env),
    await post({ variable: "GONE" }, "{}", env),
  ];
  expect(said).toEqual([
    "it answered 302",
    "it answered 500",
    ...Array.from({ length: 3 }, () => "its address is missing, or is no http(s) URL"),
    expect.stringMatching(/^it can't be reached \(\w+\)$/),
  ]);
  expect(said.join()).not.toContain("secret");
  expect(server.asked).toHaveLength(2);
});
