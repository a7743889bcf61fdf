import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import { parseRepositoryFile } from "../../src/config/repository-file.ts";

const config = (more: string) =>
  parseConfig(`version: 1\nclusters: [{ name: prod, metricsFile: a.om }]\n${more}`, "loadline.yaml");

describe("what a configuration may say of the time after a merge", () => {
  it("a watch ends within two weeks, or is off", () => {
    expect(config("policy: { afterMerge: { watch: off } }").policy.afterMerge.watch).toBe("off");
    expect(() => config("policy: { afterMerge: { watch: 15d } }")).toThrow(
      /watch: is neither off nor a duration of 14d at the most/,
    );
  });

  it("a repository may not write queries of its own", () => {
    expect(() =>
      parseRepositoryFile("version: 1\npolicy: { afterMerge: { signals: [{ name: a, query: up }] } }\n"),
    ).toThrow(/are for the operator's configuration alone/);
  });

  it("a notification has one address, and a template only where that is its format", () => {
    const told = (one: string) => config(`notifications: [{ name: chat, ${one} }]`).notifications;
    expect(told("urlEnv: CHAT")).toMatchObject([{ format: "slack", on: ["late", "worse", "reverted"] }]);
    expect(() => told("urlEnv: CHAT, urlFile: a")).toThrow(/exactly one of urlFile and urlEnv/);
    expect(() => told("urlEnv: CHAT, format: template")).toThrow(/exactly where format is template/);
    expect(() => told("urlEnv: CHAT, format: template, template: '{kind'")).toThrow(/is no JSON/);
  });

  it("events need the Kubernetes API", () => {
    expect(() =>
      parseConfig("version: 1\nclusters: [{ name: prod, metricsFile: a.om, events: true }]\n", "c"),
    ).toThrow(/events: needs inventory: kubernetes/);
  });
});
