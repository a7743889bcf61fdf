/** What `action.yml` runs: `loadline` with the flags that the inputs come to, in the environment as `INPUT_…`. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import path from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

const MAIN = path.join(import.meta.dirname, "..", "src", "main.ts");
const BAD_INPUT = 2;

/** The arguments of `loadline`, or why there are none. */
export function argumentsOf(env: Environment): readonly string[] | { readonly problem: string } {
  const input = (name: string): string => (env[`INPUT_${name}`] ?? "").trim();
  const flag = (name: string, value: string): string[] => (value === "" ? [] : [name, value]);
  const command = input("COMMAND");
  const more = input("ARGUMENTS")
    .split(/\s*\n\s*/)
    .filter((word) => word !== "");
  const config = flag("--config", input("CONFIG"));
  if (command === "sweep") {
    if (config.length === 0) return { problem: "config: sweep needs a configuration file" };
    return ["sweep", ...config, ...flag("--repository", env["GITHUB_REPOSITORY"] ?? ""), ...more];
  }
  const common = [
    ...flag("--repo", input("REPO")),
    ...config,
    ...flag("--prometheus", input("PROMETHEUS")),
    ...(input("NETWORK") === "true" ? ["--network"] : []),
  ];
  if (command === "plan") return ["plan", ...common, "--format", input("FORMAT") || "markdown", ...more];
  if (command !== "check") return { problem: `command: ${command} is none of check, plan, sweep` };
  const branch = env["GITHUB_BASE_REF"];
  const base = input("BASE") || (branch ? `origin/${branch}` : "");
  if (base === "") return { problem: "base: only a pull request has one of its own; name a branch" };
  const failOn = flag("--fail-on", input("FAIL_ON"));
  return ["check", "--base", base, ...common, ...failOn, "--format", input("FORMAT") || "github", ...more];
}

if (import.meta.main) {
  const found = argumentsOf(process.env);
  if ("problem" in found) {
    process.stdout.write(`::error::${found.problem.replaceAll(/[\r\n]/g, " ").replaceAll("%", "%25")}\n`);
    process.exitCode = BAD_INPUT;
  } else {
    const child = spawn(process.execPath, [MAIN, ...found], { stdio: ["ignore", "pipe", "inherit"] });
    child.stdout.pipe(process.stdout);
    const summary = process.env["GITHUB_STEP_SUMMARY"];
    if (found[0] === "plan" && found.includes("markdown") && summary)
      child.stdout.pipe(createWriteStream(summary, { flags: "a" }));
    const [code] = await once(child, "close");
    process.exitCode = typeof code === "number" ? code : 1;
  }
}
