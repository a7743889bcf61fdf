#!/usr/bin/env node
import { keepYoungGenerationSmall } from "./young-generation.ts";

/** Starts the program, or says why it can't. Imports nothing at first that an older Node would trip over. */
const OLDEST_NODE = 24;
const BAD_INPUT = 2;

if (Number.parseInt(process.versions.node, 10) >= OLDEST_NODE) {
  keepYoungGenerationSmall();
  await import("./cli/program.ts");
} else {
  process.stderr.write(
    `loadline: needs Node.js ${OLDEST_NODE} or newer, and this is ${process.versions.node}; after npm ci in a checkout, npx loadline finds the right one\n`,
  );
  process.exitCode = BAD_INPUT;
}
