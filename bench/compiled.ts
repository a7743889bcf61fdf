import { symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";

const ROOT = path.join(import.meta.dirname, "..");

/**
 * Compiles a script of this folder and the program into another one, as the program is shipped: to take the types
 * away when a file is loaded costs time, in each thread anew. Gives the compiled script.
 */
export async function compiled(script: string, into: string): Promise<string> {
  const config = {
    extends: path.join(ROOT, "tsconfig.json"),
    compilerOptions: {
      noEmit: false,
      rootDir: ROOT,
      outDir: into,
      typeRoots: [path.join(ROOT, "node_modules/@types")],
    },
    files: [path.join(ROOT, "bench", script)],
    include: [path.join(ROOT, "src")],
  };
  const project = path.join(into, "tsconfig.json");
  await writeFile(project, JSON.stringify(config));
  await writeFile(path.join(into, "package.json"), JSON.stringify({ type: "module" }));
  await symlink(path.join(ROOT, "node_modules"), path.join(into, "node_modules"));
  await execa("tsc", ["-p", project], { preferLocal: true, localDir: ROOT });
  return path.join(into, "bench", script.replace(/ts$/, "js"));
}
