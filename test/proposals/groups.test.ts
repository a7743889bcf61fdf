import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Grouping, GROUPINGS } from "../../src/domain/grouping.ts";
import { parseCodeowners } from "../../src/proposals/codeowners.ts";
import type { PlannedContainer } from "../../src/proposals/evidence.ts";
import { groupsOf } from "../../src/proposals/groups.ts";
import { readMarker } from "../../src/proposals/marker.ts";
import { propose } from "../../src/proposals/proposal.ts";
import { METHOD, planned, type Place } from "./planned.ts";

const ownersOf = parseCodeowners("/a/ @acme/a\n/b/ @acme/b");

function container(given: Place & { readonly namespace?: string }): PlannedContainer {
  const { namespace = "shop", ...place } = given;
  const made = planned(place);
  return { ...made, workload: { ...made.workload, namespace } };
}

const some = [
  container({ folder: "a", name: "api", cluster: "prod" }),
  container({ folder: "a", name: "web", cluster: "dev", file: "a/web.yaml" }),
  container({ folder: "b", name: "db", namespace: "data", cluster: "prod" }),
  container({ folder: "c", name: "job", namespace: "data", cluster: "dev" }),
];

function titles(by: Grouping): string[] {
  return groupsOf(some, { by, ownersOf }).map((group) => {
    const files = [...group.touched].map((path) => ({ path, before: "a", after: "b" }));
    const made = propose("acme/shop", group, files, METHOD);
    expect(readMarker(made?.body ?? "")?.group).toBe(by === "application" ? undefined : by);
    return `${made?.branch} ${made?.title.split(":")[0]}`;
  });
}

describe("containers are grouped by", () => {
  it.each([
    ["application", ["loadline/a Right-size a", "loadline/b Right-size b", "loadline/c Right-size c"]],
    [
      "namespace",
      [
        "loadline/namespace.data Right-size namespace data",
        "loadline/namespace.shop Right-size namespace shop",
      ],
    ],
    [
      "cluster",
      ["loadline/cluster.dev Right-size cluster dev", "loadline/cluster.prod Right-size cluster prod"],
    ],
    ["repository", ["loadline/repository.root Right-size shop"]],
    [
      "team",
      [
        "loadline/team.root Right-size what nobody owns",
        expect.stringMatching(/^loadline\/team\.acme-a-[0-9a-f]{10} Right-size what @\u200bacme\/a owns$/),
        expect.stringMatching(/^loadline\/team\.acme-b-/),
      ],
    ],
    [
      "workload",
      ["data/db", "data/job", "shop/api", "shop/web"].map((name) =>
        expect.stringMatching(
          new RegExp(`^loadline/workload\\.deployment-.* Right-size Deployment/${name}$`),
        ),
      ),
    ],
  ] as const)("%s", (by, expected) => expect(titles(by)).toEqual(expected));

  it("workload, also where they share a file, but not where they share a line", () => {
    const file = "a/values.yaml";
    const groups = groupsOf(
      [
        container({ name: "api", file, line: 3 }),
        container({ name: "web", file, line: 9 }),
        container({ name: "worker", file, line: 3 }),
      ],
      { by: "workload" },
    );
    expect(groups.map(({ name, members }) => [name, members.length])).toEqual([
      ["Deployment/shop/api", 2],
      ["Deployment/shop/web", 1],
    ]);
  });

  it("what was split off: each workload of the group alone, on the branch that it has", () => {
    const split = { branch: "loadline/namespace.shop", only: ["Deployment/shop/web"] };
    const groups = groupsOf(some, { by: "namespace", splits: [split] });
    expect(groups.map(({ branch, only }) => [branch, only])).toEqual([
      ["loadline/namespace.data", undefined],
      [expect.stringMatching(/^loadline\/namespace\.shop-deployment-shop-api-/), ["Deployment/shop/api"]],
      ["loadline/namespace.shop", ["Deployment/shop/web"]],
    ]);
  });
});

describe("whatever the grouping", () => {
  const letter = fc.constantFrom("a", "b", "c");
  const given = fc.array(
    fc.record({ folder: letter, file: letter, namespace: letter, cluster: letter, line: fc.nat(3) }),
    { maxLength: 8 },
  );

  it("every container is in exactly one group, and no line is in two", () => {
    fc.assert(
      fc.property(given, fc.constantFrom(...GROUPINGS), (places, by) => {
        const all = places.map(({ file, ...place }, index) =>
          container({ ...place, name: `w${index}`, file: `${file}/x.yaml` }),
        );
        const groups = groupsOf(all, { by, ownersOf });
        expect(groups.flatMap(({ members }) => members).toSorted(byWorkload)).toEqual(all);
        expect(new Set(groups.map(({ branch }) => branch)).size).toBe(groups.length);
        const lines = groups.map(
          ({ members }) =>
            new Set(members.map(({ source }) => JSON.stringify(source.at?.fields["requests.cpu"]))),
        );
        const files = groups.map(({ touched }) => touched);
        for (const sets of by === "workload" ? [] : [lines, files])
          for (const [index, one] of sets.entries())
            for (const other of sets.slice(index + 1)) expect(one.isDisjointFrom(other)).toBe(true);
      }),
    );
  });

  it("another one has other branches", () => {
    fc.assert(
      fc.property(given, (places) => {
        const all = places.map((place, index) => container({ ...place, name: `w${index}` }));
        const branches = GROUPINGS.flatMap((by) =>
          groupsOf(all, { by, ownersOf }).map(({ branch }) => branch),
        );
        expect(new Set(branches).size).toBe(branches.length);
      }),
    );
  });

  function byWorkload(a: PlannedContainer, b: PlannedContainer): number {
    return a.workload.name < b.workload.name ? -1 : 1;
  }
});
