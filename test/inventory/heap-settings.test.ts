import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import type { HeapSetting } from "../../src/domain/workload.ts";
import { type EnvironmentVariable, heapSettings } from "../../src/inventory/heap-settings.ts";

const MI = 2 ** 20;
const GI = 2 ** 30;

const ofCommand = (...words: string[]): HeapSetting[] => heapSettings(words, []);
const ofVariables = (variables: Record<string, EnvironmentVariable["value"]>): HeapSetting[] =>
  heapSettings(
    [],
    Object.entries(variables).map(([name, value]) => ({ name, value })),
  );

describe("the heap of a JVM", () => {
  test.for([
    ["-Xmx512m", 512 * MI],
    ["-Xmx2G", 2 * GI],
    ["-Xmx1048576k", GI],
    ["-Xmx1t", 1024 * GI],
    ["-Xmx268435456", 256 * MI],
    ["-J-Xmx64m", 64 * MI],
  ] as const)("is read from %s", ([flag, bytes]) => {
    expect(ofCommand("java", "-Xms64m", flag, "-jar", "app.jar")).toEqual([{ flag: "-Xmx", bytes }]);
  });

  test("is read from the long flags", () => {
    expect(ofCommand("java", "-XX:MaxHeapSize=3g")).toEqual([{ flag: "-XX:MaxHeapSize", bytes: 3 * GI }]);
    expect(ofCommand("java", "-XX:InitialRAMPercentage=50", "-XX:MaxRAMPercentage=75.0")).toEqual([
      { flag: "-XX:MaxRAMPercentage", shareOfLimit: 0.75 },
    ]);
    expect(ofCommand("java", "-XX:MaxRAMFraction=2")).toEqual([
      { flag: "-XX:MaxRAMFraction", shareOfLimit: 0.5 },
    ]);
  });

  test.for([
    "JAVA_OPTS",
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "_JAVA_OPTIONS",
    "CATALINA_OPTS",
    "KAFKA_HEAP_OPTS",
    "ES_JAVA_OPTS",
  ])("is read from %s", (name) => {
    expect(ofVariables({ [name]: '-Dname="a b" -Xms1g -Xmx4g' })).toEqual([{ flag: "-Xmx", bytes: 4 * GI }]);
  });

  test("is what the last of several flags says, and what each of several texts says", () => {
    expect(ofCommand("java -Xmx1g -Xmx2g")).toEqual([{ flag: "-Xmx", bytes: 2 * GI }]);
    expect(heapSettings(["java", "-Xmx1g"], [{ name: "JAVA_TOOL_OPTIONS", value: "-Xmx3g -Xmx1g" }])).toEqual(
      [{ flag: "-Xmx", bytes: GI }],
    );
    expect(heapSettings(["java", "-Xmx1g"], [{ name: "_JAVA_OPTIONS", value: "-Xmx2g" }])).toHaveLength(2);
  });

  test("is read in the middle of a shell's script", () => {
    expect(ofCommand("sh", "-c", "exec java '-Xmx512m' -jar /app.jar")).toEqual([
      { flag: "-Xmx", bytes: 512 * MI },
    ]);
  });

  test.for([
    ["java", "-jar", "app.jar"],
    ["/opt/jdk/bin/java", "-Xms64m", "Main"],
    ["sh", "-c", "cd /app && exec java $JAVA_ARGS Main"],
  ])("is a quarter of the limit where nothing is said: %j", (words) => {
    const byItself = [{ flag: "a JVM without heap flags", shareOfLimit: 0.25 }];
    expect(ofCommand(...words)).toEqual(byItself);
    expect(ofVariables({ JAVA_TOOL_OPTIONS: "-Dfile.encoding=UTF-8" })).toEqual(byItself);
    expect(heapSettings(words, [{ name: "JAVA_OPTS", value: "-Xmx1g" }])).toEqual([
      { flag: "-Xmx", bytes: GI },
    ]);
  });

  test("is nothing to those who only speak of Java", () => {
    expect(ofCommand("node", "javascript.js", "--lang=java", "java.security")).toEqual([]);
  });

  test.for(["-Xmx", "-Xmx0", "-Xmx512mb", "-Xmx1.5g", "-Xmx-1", "-Xmx9999999999999999t", "-XmxEVIL"])(
    "is not read from %s, which no JVM takes",
    (flag) => expect(ofCommand("java", flag)).toEqual([]),
  );

  test.for(["0", "101", "1e2", "75.0.1"])("is no %s percent", (percent) => {
    expect(ofCommand(`-XX:MaxRAMPercentage=${percent}`)).toEqual([]);
  });
});

describe("the heap of Go", () => {
  test.for([
    ["1", 1],
    ["500B", 500],
    ["4KiB", 4096],
    ["512MiB", 512 * MI],
    ["2GiB", 2 * GI],
    ["1TiB", 1024 * GI],
  ] as const)("is GOMEMLIMIT, %s", ([value, bytes]) => {
    expect(ofVariables({ GOMEMLIMIT: value })).toEqual([{ flag: "GOMEMLIMIT", bytes }]);
  });

  test.for(["off", "", "1Gi", "1GB", "1.5GiB", "-1", "1 GiB", "9223372036854775807", "0"])(
    "is not limited by %j",
    (value) => expect(ofVariables({ GOMEMLIMIT: value })).toEqual([]),
  );

  test("follows the memory limit where its variable does", () => {
    expect(ofVariables({ GOMEMLIMIT: { limitIn: 1 } })).toEqual([{ flag: "GOMEMLIMIT", shareOfLimit: 1 }]);
    expect(ofVariables({ LIMIT: { limitIn: MI }, GOMEMLIMIT: "$(LIMIT)MiB" })).toEqual([
      { flag: "GOMEMLIMIT", shareOfLimit: 1 },
    ]);
  });
});

describe("the heap of Node", () => {
  test.for([
    "--max-old-space-size=1536",
    "--max_old_space_size=1536",
    "--enable-source-maps --max-old-space-size 1536",
  ])("is read from NODE_OPTIONS, %s, in MiB", (options) => {
    expect(ofVariables({ NODE_OPTIONS: options })).toEqual([
      { flag: "--max-old-space-size", bytes: 1536 * MI },
    ]);
  });

  test("is read from the command, as two words too", () => {
    expect(ofCommand("node", "--max-old-space-size", "512", "app.js")).toEqual([
      { flag: "--max-old-space-size", bytes: 512 * MI },
    ]);
  });

  test("may be a share of the limit", () => {
    expect(ofVariables({ NODE_OPTIONS: "--max-old-space-size-percentage=75" })).toEqual([
      { flag: "--max-old-space-size-percentage", shareOfLimit: 0.75 },
    ]);
  });
});

describe("variables in other texts", () => {
  it("are put in as Kubernetes does, and as a shell does", () => {
    for (const reference of ["$(HEAP)", "${HEAP}", "$HEAP"])
      expect(
        heapSettings(["sh", "-c", `java -Xmx${reference} -jar app.jar`], [{ name: "HEAP", value: "768m" }]),
      ).toEqual([{ flag: "-Xmx", bytes: 768 * MI }]);
  });

  it("may be the memory limit in some unit", () => {
    const environment = [{ name: "LIMIT_MIB", value: { limitIn: MI } }];
    expect(heapSettings(["node", "--max-old-space-size=$(LIMIT_MIB)"], environment)).toEqual([
      { flag: "--max-old-space-size", shareOfLimit: 1 },
    ]);
    expect(heapSettings(["java", "-Xmx${LIMIT_MIB}k"], environment)).toEqual([
      { flag: "-Xmx", shareOfLimit: 1 / 1024 },
    ]);
    expect(heapSettings(["java", "-Xmx${LIMIT_MIB}g"], environment)).toEqual([
      { flag: "-Xmx", shareOfLimit: 1 },
    ]);
  });

  it("say nothing where they are not known", () => {
    expect(ofCommand("java", "-Xmx$(HEAP)", "-XX:MaxHeapSize=${OTHER:-1g}")).toEqual([]);
  });

  it("that hold each other do not grow without bound", () => {
    const doubling = Array.from({ length: 10 }, (_, index) => ({
      name: `V${index}`,
      value: index === 0 ? "x".repeat(60) : `$(V${index - 1})`.repeat(20_000),
    }));
    expect(heapSettings(["$(V9)"], doubling)).toEqual([]);
  });
});

test("whatever a container holds, settings are few, finite and positive, and nothing throws", () => {
  const piece = fc.oneof(
    fc.constantFrom("-Xmx", "-XX:MaxHeapSize=", "-XX:MaxRAMPercentage=", "-XX:MaxRAMFraction="),
    fc.constantFrom("--max-old-space-size=", "--max-old-space-size-percentage ", "$(A)", "${B}", " "),
    fc.constantFrom("g", "MiB", "m", "\uE000", "%"),
    fc.nat().map(String),
    fc.string({ unit: "binary", maxLength: 8 }),
  );
  const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
  const variable = fc.record({
    name: fc.oneof(fc.constantFrom("A", "B", "GOMEMLIMIT", "__proto__"), fc.string()),
    value: fc.oneof(text, fc.record({ limitIn: fc.integer({ min: 1 }) })),
  });
  fc.assert(
    fc.property(
      fc.array(text, { maxLength: 5 }),
      fc.array(variable, { maxLength: 8 }),
      (command, environment) => {
        const settings = heapSettings(command, environment);
        expect(settings.length).toBeLessThanOrEqual(6 * (environment.length + 1) + 1);
        for (const setting of settings)
          if ("bytes" in setting) expect(Number.isSafeInteger(setting.bytes) && setting.bytes > 0).toBe(true);
          else expect(setting.shareOfLimit > 0 && setting.shareOfLimit <= 1).toBe(true);
      },
    ),
    { numRuns: 100 },
  );
});

test("a mebibyte more of the flag is a mebibyte more of heap", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), (mebibytes) => {
      const expected = mebibytes * MI;
      expect(ofCommand(`-Xmx${mebibytes}m`)).toEqual([{ flag: "-Xmx", bytes: expected }]);
      expect(ofVariables({ GOMEMLIMIT: `${mebibytes}MiB` })).toEqual([
        { flag: "GOMEMLIMIT", bytes: expected },
      ]);
      expect(ofVariables({ NODE_OPTIONS: `--max-old-space-size=${mebibytes}` })).toEqual([
        { flag: "--max-old-space-size", bytes: expected },
      ]);
    }),
  );
});
