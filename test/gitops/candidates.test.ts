import { describe, expect, it } from "vitest";
import { Sources } from "../../src/gitops/sources.ts";
import { writtenCandidates } from "../../src/gitops/trace/candidates.ts";
import { deployment, treeOf } from "./files.ts";

describe("places that may feed a container", () => {
  it("are amounts of manifests, and nothing of the schemas beside them", async () => {
    const definition = "kind: CustomResourceDefinition\nspec: {limits: {memory: {default: 1Gi}}}\n";
    const manifest = deployment("api", `- name: app\n  resources: {requests: {cpu: 100m}}`);
    const sources = await Sources.of(treeOf({ "install.yaml": `${definition}---\n${manifest}` }));
    expect(await writtenCandidates(sources, "install.yaml")).toMatchObject([
      { place: { document: 1 }, text: "100m" },
    ]);
  });
});
