import { z } from "zod";
import { COMPLAINT } from "./complaint.ts";
import { DASHBOARD } from "./dashboard.ts";
import { ONBOARDING } from "./onboard.ts";
import type { OwnIssueKind } from "./own-issue.ts";
import { LABEL, REVERT_LABEL } from "./open-pull.ts";

/** A pull request as GitHub tells of it here. */
const pull = z.object({
  number: z.int(),
  title: z.string(),
  body: z.string(),
  state: z.enum(["OPEN", "CLOSED", "MERGED"]),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  mergedAt: z.iso.datetime().nullable(),
  headRefName: z.string(),
  headRefOid: z.string(),
  /** It comes from a fork. */
  isCrossRepository: z.boolean(),
  autoMergeRequest: z.object({}).nullable(),
  author: z.object({ kind: z.string(), login: z.string() }).nullable(),
  labels: z.object({ nodes: z.array(z.object({ name: z.string() })) }).nullish(),
});

export type PullNode = z.infer<typeof pull>;

/** What may not be seen is null. */
const nodesOf = <T extends z.ZodType>(node: T) =>
  z
    .array(node.nullable())
    .nullable()
    .transform((all) => (all ?? []).filter((one) => one !== null));

const pulls = z.object({
  pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
  nodes: nodesOf(pull),
});

const issue = pull.pick({ number: true, state: true, body: true, author: true });
const issues = z.object({ nodes: nodesOf(issue) });

export type IssueNode = z.infer<typeof issue>;

export const overviewAnswer = z.object({
  repository: z.object({
    open: pulls.optional(),
    merged: pulls.optional(),
    reverts: pulls.optional(),
    declined: pulls.optional(),
    closed: pulls.optional(),
    onboarding: z.object({ nodes: nodesOf(pull.pick({ number: true, isCrossRepository: true })) }).optional(),
    complaint: issues.optional(),
    dashboard: issues.optional(),
  }),
});

export type OverviewAnswer = z.infer<typeof overviewAnswer>["repository"];

const OLDEST_LAST = "orderBy: { field: CREATED_AT, direction: DESC }";
const UNTOUCHED_LAST = "orderBy: { field: UPDATED_AT, direction: DESC }";

/** Lists of pull requests, by what GitHub is asked for. */
const LISTS = {
  open: `states: [OPEN], ${OLDEST_LAST}`,
  merged: `states: [MERGED], labels: ["${LABEL}"], ${UNTOUCHED_LAST}`,
  reverts: `labels: ["${REVERT_LABEL}"], ${UNTOUCHED_LAST}`,
  declined: `states: [CLOSED], labels: ["${LABEL}"], ${UNTOUCHED_LAST}`,
  closed: `states: [CLOSED, MERGED], ${UNTOUCHED_LAST}`,
} as const;

export type PullList = keyof typeof LISTS;
export const PULL_LISTS: readonly PullList[] = ["open", "merged", "reverts", "declined", "closed"];

/** All lists together cost one point of GitHub's limit for such queries. */
const PAGE = "first: $size";

/**
 * The first page of lists, with `all` also what is one of its kind; or, with `rest`, the pages after cursors that the
 * variables of the same names hold. `size` is that of a page.
 */
export function overviewQuery(lists: readonly PullList[], part: "all" | "lists" | "rest"): string {
  const rest = part === "rest";
  const variables = [
    "$size: Int!",
    "$owner: String!",
    "$name: String!",
    ...(rest ? lists.map((one) => `$${one}: String!`) : []),
  ];
  return `
  query (${variables.join(", ")}) {
    repository(owner: $owner, name: $name) {
      ${lists.map((one) => listQuery(one, rest)).join("\n      ")}
      ${part === "all" ? SINGLES : ""}
    }
  }
  fragment pull on PullRequest {
    number title body state createdAt updatedAt mergedAt
    headRefName headRefOid isCrossRepository
    autoMergeRequest { enabledAt }
    author { kind: __typename login }
  }`;
}

function listQuery(list: PullList, rest: boolean): string {
  const labels = list === "open" ? "labels(first: 100) { nodes { name } }" : "";
  return `${list}: pullRequests(${LISTS[list]}, ${PAGE}${rest ? `, after: $${list}` : ""}) {
        pageInfo { hasNextPage endCursor }
        nodes { ...pull ${labels} }
      }`;
}

const SINGLES = `
      onboarding: pullRequests(headRefName: "${ONBOARDING}", ${OLDEST_LAST}, ${PAGE}) {
        nodes { number isCrossRepository }
      }
      complaint: ${issueQuery(COMPLAINT)}
      dashboard: ${issueQuery(DASHBOARD)}`;

function issueQuery({ label }: OwnIssueKind): string {
  return `issues(labels: ["${label}"], ${OLDEST_LAST}, ${PAGE}) {
        nodes { number state body author { kind: __typename login } }
      }`;
}
