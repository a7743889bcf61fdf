import type { Git } from "./git.ts";

/** What the local GitHub remembers besides git: people, issues, comments, labels, checks, installations. */
export interface Account {
  readonly id: number;
  readonly login: string;
  readonly type: "User" | "Bot" | "Organization";
}

/** Roles as `collaborators/{username}/permission` names them; a custom role stands on one of the five. */
export type Permission = "admin" | "maintain" | "write" | "triage" | "read";

export interface Collaborator {
  readonly account: Account;
  /** The name shown: the permission's own, or a custom role's. */
  readonly role: string;
  readonly permission: Permission;
}

export interface Repository {
  readonly id: number;
  owner: Account;
  name: string;
  fullName: string;
  defaultBranch: string;
  readonly private: boolean;
  readonly createdAt: string;
  readonly git: Git;
  readonly issues: Map<number, Issue>;
  readonly comments: Map<number, Comment>;
  readonly labels: Map<string, Label>;
  /** By lower-case login. */
  readonly collaborators: Map<string, Collaborator>;
  readonly protectedBranches: Map<string, Protection>;
  allowsAutoMerge: boolean;
  readonly checkRuns: Map<number, CheckRun>;
  readonly statuses: Status[];
  /** Commits that GitHub has signed itself. */
  readonly verified: Set<string>;
  pushedAt: string;
}

/** What a protected branch asks for. */
export interface Protection {
  readonly approvals?: number;
  /** Names of checks. */
  readonly checks?: readonly string[];
  readonly queue?: boolean;
}

export interface Label {
  readonly id: number;
  name: string;
  color: string;
  description: string | null;
}

export interface LabelEvent {
  readonly id: number;
  readonly event: "labeled" | "unlabeled";
  readonly label: Label;
  readonly actor: Account;
  readonly createdAt: string;
}

/** An issue; with `pull`, a pull request. They share one row of numbers, as on GitHub. */
export interface Issue {
  readonly id: number;
  readonly number: number;
  readonly user: Account;
  readonly createdAt: string;
  title: string;
  body: string | null;
  state: "open" | "closed";
  stateReason: "completed" | "reopened" | "not_planned" | "duplicate" | null;
  labels: Label[];
  /** What became of its labels, oldest first. */
  readonly labelEvents: LabelEvent[];
  assignees: Account[];
  /** Who changed title or body, oldest first. */
  readonly edits: { readonly by: Account; readonly at: string }[];
  updatedAt: string;
  closedAt: string | null;
  readonly pull?: Pull;
}

interface Pull {
  /** Of another repository where it came from a fork. */
  readonly head: { readonly ref: string; sha: string; readonly fork?: Repository };
  base: { ref: string; sha: string };
  draft: boolean;
  /** Set while GitHub is to merge it by itself. */
  autoMerge: { readonly by: Account; readonly method: "merge" | "squash" | "rebase" } | null;
  /** Logins of who approved it. */
  readonly approvals: Set<string>;
  merged: { readonly by: Account; readonly at: string; readonly sha: string } | null;
}

/** An issue that is a pull request. */
export type PullRequest = Issue & { readonly pull: Pull };

export interface Comment {
  readonly id: number;
  readonly issue: Issue;
  readonly user: Account;
  readonly createdAt: string;
  readonly byApp: boolean;
  body: string;
  updatedAt: string;
  reactions: Reaction[];
}

export interface Reaction {
  readonly id: number;
  readonly user: Account;
  readonly content: string;
  readonly createdAt: string;
}

export interface CheckRun {
  readonly id: number;
  readonly suiteId: number;
  readonly headSha: string;
  name: string;
  status: string;
  conclusion: string | null;
  startedAt: string | null;
  completedAt: string | null;
  detailsUrl: string | null;
  externalId: string;
  output: { title: string | null; summary: string | null; text: string | null };
}

export interface Status {
  readonly id: number;
  readonly sha: string;
  readonly state: string;
  readonly context: string;
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly creator: Account;
  readonly createdAt: string;
}

/** e.g. `{ contents: "write", metadata: "read" }` */
export type Permissions = Readonly<Record<string, string>>;

export interface Installation {
  readonly id: number;
  readonly account: Account;
  readonly createdAt: string;
  permissions: Permissions;
  selection: "all" | "selected";
  readonly repositories: Set<Repository>;
  suspendedAt: string | null;
}

/** Who is asking. */
export type Actor =
  | { readonly kind: "anonymous" }
  | { readonly kind: "app" }
  | {
      readonly kind: "installation";
      readonly installation: Installation;
      readonly permissions: Permissions;
      /** The repositories that the token was narrowed to, by id. */
      readonly only: ReadonlySet<number> | undefined;
    }
  | { readonly kind: "person"; readonly account: Account };
