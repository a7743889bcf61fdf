import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Writable } from "node:stream";
import { execa } from "execa";
import { pino } from "pino";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Lives, manyLives, SECRET } from "./lives.ts";

let lives: Lives;
let folder: string;
const before = process.env["PATH"];

/** Runs real git, having written down all that any other process of this machine can see of it: its arguments. */
beforeAll(async () => {
  lives = await manyLives();
  folder = await mkdtemp(path.join(tmpdir(), "loadline-git-"));
  const { stdout: git } = await execa("sh", ["-c", "command -v git"]);
  const program = path.join(folder, "git");
  await writeFile(program, `#!/bin/sh\nprintf '%s\\n' "$*" >> '${folder}/arguments'\nexec '${git}' "$@"\n`);
  await chmod(program, 0o755);
  process.env["PATH"] = `${folder}:${before}`;
});
afterAll(async () => {
  process.env["PATH"] = before;
  await lives[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

it("no token, key or secret is in a log of any level, in what is printed, said on GitHub, or given to git", async () => {
  const logged: string[] = [];
  const sink = new Writable({
    write: (chunk, _, done) => {
      logged.push(String(chunk));
      done();
    },
  });
  const printed = [process.stdout, process.stderr].map((stream) => {
    const write = stream.write.bind(stream);
    stream.write = (chunk: unknown) => {
      logged.push(String(chunk));
      return true;
    };
    return () => (stream.write = write);
  });
  const repository = await lives.repository();
  repository.addCollaborator("alice", "write");
  try {
    const setup = lives.setup([repository], { log: pino({ level: "trace" }, sink) });
    await using serving = await lives.serve(setup);
    const settle = async (): Promise<void> => {
      for (let round = 0; round < 3; round += 1) {
        await lives.github.settled();
        await serving.settled();
      }
    };
    await serving.sweeper.sweep();
    await settle();
    const number = repository.pulls()[0]?.number ?? 0;
    repository.comment(number, "alice", "/loadline ignore");
    await settle();
    const faults = [
      { match: ({ path: at }: { path: string }) => at.includes(".git/"), status: 500 },
      { match: ({ path: at }: { path: string }) => at.includes(".git/"), status: 401 },
      { match: ({ path: at }: { path: string }) => at.endsWith("/graphql"), status: 502 },
      { match: ({ path: at }: { path: string }) => at.endsWith("/graphql"), status: 401 },
      {
        match: ({ path: at }: { path: string }) => at.endsWith("/graphql"),
        status: 200,
        body: { data: null, errors: [{ message: "Something went wrong" }] },
      },
      { match: ({ path: at }: { path: string }) => at.endsWith("/access_tokens"), status: 403 },
      { drop: "after" as const },
    ];
    for (const fault of faults) {
      const end = lives.github.fault(fault);
      const { failures } = await serving.sweeper.sweep();
      expect(failures).not.toEqual([]);
      repository.comment(number, "alice", "/loadline refresh");
      await settle();
      end();
      logged.push(...failures);
    }
    await serving.sweeper.sweep();
    await settle();
  } finally {
    for (const restore of printed) restore();
  }
  const given = await readFile(path.join(folder, "arguments"), "utf8");
  const said = repository
    .pulls()
    .flatMap(({ number }) => repository.comments(number).map(({ body }) => body));
  const seen = [...logged, given, ...said].join("\n");
  expect(seen).toContain("GitHub request: POST");
  expect(given).toContain("fetch --quiet --depth=1");
  expect(seen.match(SECRETS)).toBeNull();
  expect(seen).not.toContain(SECRET);
  expect(seen).not.toContain(lives.github.app.privateKey.split("\n")[1]);
}, 300_000);

/** Tokens of installations and of the App itself, and `x-access-token:` as git sends it. */
const SECRETS = /ghs_\w{8,}|eyJ[\w-]{10,}\.[\w-]{10,}|eC1hY2Nlc3MtdG9rZW46/;
