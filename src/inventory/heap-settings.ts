import type { HeapSetting } from "../domain/workload.ts";

/** A variable of a container's environment, as far as its template tells the value. */
export interface EnvironmentVariable {
  readonly name: string;
  /** A text, or the container's memory limit in units of so many bytes. */
  readonly value: string | { readonly limitIn: number };
}

/**
 * What a container's command line (command and arguments) and environment say of the heap of a JVM, of Go or
 * of Node. Flags are looked for in every variable, for there are many by which images hand them on
 * (`JAVA_TOOL_OPTIONS`, `CATALINA_OPTS`, `KAFKA_HEAP_OPTS`, `NODE_OPTIONS`, …). Of a flag that one text holds
 * more than once the last counts, as for the runtimes; which of two texts counts is not known, so both do.
 * What Kubernetes expands (`$(NAME)`) is expanded, and what a shell does where it is as plain (`${NAME}`).
 */
export function heapSettings(
  commandLine: readonly string[],
  environment: readonly EnvironmentVariable[],
): HeapSetting[] {
  const values = new Map<string, string>();
  for (const { name, value } of environment.slice(0, MOST_VARIABLES))
    values.set(name, typeof value === "string" ? expanded(value, values) : `${LIMIT}${value.limitIn}`);
  const command = expanded(commandLine.join(" "), values);
  const texts = [...values.values(), command];
  const byItself = isJvm(command, values) && !texts.some((text) => JVM_HEAP.test(text));
  const found = [
    ...limitOfGo(values.get("GOMEMLIMIT") ?? ""),
    ...texts.flatMap(flagsIn),
    ...(byItself ? [JVM_BY_ITSELF] : []),
  ];
  return [...new Map(found.map((setting) => [JSON.stringify(setting), setting])).values()];
}

/** What a JVM does that is told nothing. */
const JVM_BY_ITSELF: HeapSetting = { flag: "a JVM without heap flags", shareOfLimit: 0.25 };
const JVM_VARIABLES = [
  "JAVA_TOOL_OPTIONS",
  "JDK_JAVA_OPTIONS",
  "_JAVA_OPTIONS",
  "JAVA_OPTS",
  "CATALINA_OPTS",
];
const JVM_HEAP = /-Xmx|-XX:Max(?:Heap|RAM)/;
const JVM_COMMAND = /(?:^|[\s/"'(;&|])java(?=$|[\s"'])/;

function isJvm(command: string, values: ReadonlyMap<string, string>): boolean {
  return JVM_COMMAND.test(command) || JVM_VARIABLES.some((name) => values.has(name));
}

const MOST_VARIABLES = 1000;
/** Longer texts are cut; the API server takes objects of about a megabyte. */
const MOST_TEXT = 256 * 1024;
/** Longer values are not put into other texts, so that variables of variables cannot grow without bound. */
const LONGEST_PART = 64;

/** Stands for the memory limit in texts, followed by the unit's bytes; nobody writes this character. */
const LIMIT = "\uE000";
const AMOUNT = `(\\d{1,16}|${LIMIT}\\d{1,16})`;

function expanded(text: string, values: ReadonlyMap<string, string>): string {
  return text
    .slice(0, MOST_TEXT)
    .replaceAll(/\$\((\w{1,64})\)|\$\{(\w{1,64})\}|\$([A-Za-z_]\w{0,63})/g, (whole, ...names) => {
      const value = values.get(String(names.find((name) => name !== undefined)));
      return value === undefined || value.length > LONGEST_PART ? whole : value;
    });
}

interface Flag {
  readonly flag: string;
  /** Its groups are the amount and, for some, the unit. */
  readonly pattern: RegExp;
  readonly read: (amount: string, unit: string) => Size | undefined;
}

type Size = { readonly bytes: number } | { readonly shareOfLimit: number };

const JVM_BYTES = `${AMOUNT}([kKmMgGtT]?)(?![\\w.])`;
const PERCENT = String.raw`(\d{1,3}(?:\.\d{1,9})?)(?![\w.])`;

const FLAGS: readonly Flag[] = [
  { flag: "-Xmx", pattern: new RegExp(`-Xmx${JVM_BYTES}`, "g"), read: bytes },
  { flag: "-XX:MaxHeapSize", pattern: new RegExp(`-XX:MaxHeapSize=${JVM_BYTES}`, "g"), read: bytes },
  {
    flag: "-XX:MaxRAMPercentage",
    pattern: new RegExp(`-XX:MaxRAMPercentage=${PERCENT}`, "g"),
    read: (amount) => share(Number(amount) / 100),
  },
  {
    flag: "-XX:MaxRAMFraction",
    pattern: /-XX:MaxRAMFraction=(\d{1,9})(?![\w.])/g,
    read: (amount) => share(1 / Number(amount)),
  },
  {
    // V8 takes `_` for `-`.
    flag: "--max-old-space-size",
    pattern: new RegExp(`--max[-_]old[-_]space[-_]size[=\\s]${AMOUNT}(?![\\w.])`, "g"),
    read: (amount) => bytes(amount, "m"),
  },
  {
    flag: "--max-old-space-size-percentage",
    pattern: new RegExp(`--max[-_]old[-_]space[-_]size[-_]percentage[=\\s]${PERCENT}`, "g"),
    read: (amount) => share(Number(amount) / 100),
  },
];

function flagsIn(text: string): HeapSetting[] {
  if (!/-Xmx|-XX:Max|--max/.test(text)) return [];
  return FLAGS.flatMap(({ flag, pattern, read }): HeapSetting[] => {
    const [, amount, unit = ""] = [...text.matchAll(pattern)].at(-1) ?? [];
    const size = amount === undefined ? undefined : read(amount, unit);
    return size === undefined ? [] : [{ flag, ...size }];
  });
}

const GO_LIMIT = new RegExp(`^${AMOUNT}(?:B|([KMGT])iB)?$`);

/** As `parseByteCount` of Go's runtime has it; `off` sets none. */
function limitOfGo(text: string): HeapSetting[] {
  const [, amount, unit = ""] = GO_LIMIT.exec(text) ?? [];
  const size = amount === undefined ? undefined : bytes(amount, unit);
  return size === undefined ? [] : [{ flag: "GOMEMLIMIT", ...size }];
}

function bytes(amount: string, unit: string): Size | undefined {
  const size = 1024 ** ["", "k", "m", "g", "t"].indexOf(unit.toLowerCase());
  if (amount.startsWith(LIMIT)) return share(Math.min(1, size / Number(amount.slice(LIMIT.length))));
  const number = Number(amount) * size;
  return number > 0 && Number.isSafeInteger(number) ? { bytes: number } : undefined;
}

function share(shareOfLimit: number): Size | undefined {
  return shareOfLimit > 0 && shareOfLimit <= 1 ? { shareOfLimit } : undefined;
}
