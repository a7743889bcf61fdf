import * as conversation from "./conversation.ts";
import type { Commit } from "./git.ts";
import { mergeWhatIsReady } from "./graphql.ts";
import { findIssue, findPull, isPull, type Hub } from "./hub.ts";
import type {
  CheckRun,
  Collaborator,
  Comment,
  Issue,
  Permission,
  Protection,
  PullRequest,
  Repository,
} from "./model.ts";
import { commitFiles, type PersonsCommit } from "./persons-commit.ts";
import { mergePull, openPull, updatePull, type MergeMethod, type PullChange } from "./pull-requests.ts";
import { moveRef } from "./pushes.ts";
import { pullFiles } from "./pull-details.ts";
import type { FileChange } from "./diff.ts";

export type { Files, PersonsCommit } from "./persons-commit.ts";

/** A repository as a test or the demo sees it: what people do there, and what there is to see. */
export class RepositoryHandle {
  readonly #hub: Hub;
  readonly #repository: Repository;

  constructor(hub: Hub, repository: Repository) {
    this.#hub = hub;
    this.#repository = repository;
  }

  get id(): number {
    return this.#repository.id;
  }

  get fullName(): string {
    return this.#repository.fullName;
  }

  get owner(): string {
    return this.#repository.owner.login;
  }

  get name(): string {
    return this.#repository.name;
  }

  get defaultBranch(): string {
    return this.#repository.defaultBranch;
  }

  /** The bare repository on disk, for real git. */
  get gitDirectory(): string {
    return this.#repository.git.path;
  }

  /** A person pushes one commit; gives its hash. */
  async commit(wanted: PersonsCommit): Promise<string> {
    return await commitFiles(this.#hub, this.#repository, wanted);
  }

  /** Its owner calls it otherwise, or gives it to another account: `owner/name`. The old name leads on to the new one. */
  rename(fullName: string): void {
    const { repositories, formerNames } = this.#hub;
    const [owner = "", name = ""] = fullName.split("/");
    repositories.delete(this.fullName.toLowerCase());
    formerNames.set(this.fullName.toLowerCase(), this.#repository);
    formerNames.delete(fullName.toLowerCase());
    Object.assign(this.#repository, { owner: this.#hub.account(owner), name, fullName });
    repositories.set(fullName.toLowerCase(), this.#repository);
  }

  /** Its owner deletes it. */
  remove(): void {
    this.#hub.repositories.delete(this.fullName.toLowerCase());
    for (const { repositories } of this.#hub.installations.values()) repositories.delete(this.#repository);
  }

  /** The branch moves, and with it the pull requests into it. */
  async renameDefaultBranch(name: string): Promise<void> {
    const { git, defaultBranch } = this.#repository;
    const tip = await git.branch(defaultBranch);
    await git.run(["symbolic-ref", "HEAD", `refs/heads/${name}`]);
    if (tip) {
      await git.moveRef(`refs/heads/${name}`, tip, null);
      await git.moveRef(`refs/heads/${defaultBranch}`, null, tip);
    }
    for (const { pull } of this.pulls()) if (pull.base.ref === defaultBranch) pull.base.ref = name;
    this.#repository.defaultBranch = name;
  }

  async deleteBranch(branch: string, by: string): Promise<void> {
    const before = await this.#repository.git.branch(branch);
    if (!before) throw new Error(`${this.fullName} has no branch ${branch}`);
    await moveRef(
      this.#hub,
      this.#repository,
      { ref: `refs/heads/${branch}`, before, after: null },
      this.#hub.account(by),
    );
  }

  /** A person proposes a branch, or `owner:branch` of a fork; gives the number. */
  async open(by: string, head: string, title = `Merge ${head}`): Promise<number> {
    const wanted = { title, body: null, head, base: this.defaultBranch, draft: false };
    return (await openPull(this.#hub, this.#repository, wanted, this.#hub.account(by))).number;
  }

  comment(number: number, by: string, body: string): Comment {
    const issue = findIssue(this.#repository, number);
    return conversation.addComment(this.#hub, this.#repository, issue, body, this.#hub.account(by));
  }

  editComment(id: number, by: string, body: string): void {
    conversation.editComment(this.#hub, this.#repository, this.#comment(id), body, this.#hub.account(by));
  }

  deleteComment(id: number, by: string): void {
    conversation.deleteComment(this.#hub, this.#repository, this.#comment(id), this.#hub.account(by));
  }

  openIssue(by: string, title: string, body: string | null = null): Promise<Issue> {
    const wanted = { title, body, labels: [] };
    return conversation.openIssue(this.#hub, this.#repository, wanted, this.#hub.account(by));
  }

  /** Merges a pull request, and gives the base's new tip. */
  merge(number: number, by: string, method: MergeMethod = "merge"): Promise<string> {
    return mergePull(this.#hub, this.#repository, this.pull(number), { method }, this.#hub.account(by));
  }

  /** A person edits title, body, base or state of an issue or pull request. */
  edit(number: number, by: string, change: PullChange): Promise<void> {
    const issue = findIssue(this.#repository, number);
    const doer = this.#hub.account(by);
    if (isPull(issue)) return updatePull(this.#hub, this.#repository, issue, change, doer);
    return conversation.updateIssue(this.#hub, this.#repository, issue, change, doer);
  }

  close(number: number, by: string): Promise<void> {
    return this.edit(number, by, { state: "closed" });
  }

  reopen(number: number, by: string): Promise<void> {
    return this.edit(number, by, { state: "open" });
  }

  async label(number: number, by: string, ...names: string[]): Promise<void> {
    const issue = findIssue(this.#repository, number);
    await conversation.addLabels(this.#hub, this.#repository, issue, names, this.#hub.account(by));
  }

  async unlabel(number: number, by: string, name: string): Promise<void> {
    const issue = findIssue(this.#repository, number);
    const label = issue.labels.find((one) => one.name === name);
    if (label)
      await conversation.removeLabel(this.#hub, this.#repository, issue, label, this.#hub.account(by));
  }

  /** Gives a person a permission; `role` names a custom role that stands on it. */
  addCollaborator(login: string, permission: Permission, role: string = permission): void {
    const entry: Collaborator = { account: this.#hub.account(login), permission, role };
    this.#repository.collaborators.set(login.toLowerCase(), entry);
  }

  removeCollaborator(login: string): void {
    this.#repository.collaborators.delete(login.toLowerCase());
  }

  /**
   * Marks a branch protected: seen in `branches` and in a pull request's `mergeable_state`. What it asks for binds
   * who merges by HTTP.
   */
  protect(branch: string, asks: Protection = {}): void {
    this.#repository.protectedBranches.set(branch, asks);
  }

  /** A person's review, upon which GitHub merges what waits for no more than that. */
  async approve(number: number, by: string): Promise<void> {
    const { pull } = this.pull(number);
    pull.approvals.add(by.toLowerCase());
    await mergeWhatIsReady(this.#hub, this.#repository, pull.head.sha);
  }

  /** A setting that is off by custom. It merges a pull request of a protected branch once all checks pass. */
  allowAutoMerge(): void {
    this.#repository.allowsAutoMerge = true;
  }

  pulls(): PullRequest[] {
    return [...this.#repository.issues.values()].filter(isPull);
  }

  pull(number: number): PullRequest {
    return findPull(this.#repository, number);
  }

  /** So many more like it that nobody touched since: as a repository gathers them in years. */
  repeat(number: number, times: number, updatedAt: string): void {
    const { issues } = this.#repository;
    const like = this.pull(number);
    for (let next = 100_000; next < 100_000 + times; next += 1)
      issues.set(next, { ...like, id: next, number: next, createdAt: updatedAt, updatedAt });
  }

  issues(): Issue[] {
    return [...this.#repository.issues.values()].filter((issue) => !isPull(issue));
  }

  comments(number: number): Comment[] {
    return [...this.#repository.comments.values()].filter((comment) => comment.issue.number === number);
  }

  checkRuns(): CheckRun[] {
    return [...this.#repository.checkRuns.values()];
  }

  /** What a pull request changes, with the hunks. */
  diff(number: number): Promise<FileChange[]> {
    return pullFiles(this.#repository, this.pull(number));
  }

  /** A file's text, undefined where there is none. */
  async file(branch: string, path: string): Promise<string | undefined> {
    const { git } = this.#repository;
    const commit = await git.commitNamed(branch);
    const entry = commit && (await git.entry(commit, path));
    return entry && (await git.blob(entry.sha))?.toString("utf8");
  }

  /** Paths of all files of a branch. */
  async files(branch = this.defaultBranch): Promise<string[]> {
    const commit = await this.#repository.git.commitNamed(branch);
    const entries = commit ? await this.#repository.git.tree(commit, true) : [];
    return entries.filter(({ type }) => type === "blob").map(({ path }) => path);
  }

  /** The hash a branch stands at, undefined where there is no such branch. */
  tip(branch = this.defaultBranch): Promise<string | undefined> {
    return this.#repository.git.branch(branch);
  }

  async branches(): Promise<string[]> {
    return [...(await this.#repository.git.refs("refs/heads/")).keys()].map((ref) =>
      ref.slice("refs/heads/".length),
    );
  }

  /** Commits, newest first. */
  async log(branch = this.defaultBranch): Promise<Commit[]> {
    const tip = await this.tip(branch);
    return tip ? this.#repository.git.log([tip]) : [];
  }

  /** Whether GitHub signed a commit. */
  isVerified(sha: string): boolean {
    return this.#repository.verified.has(sha);
  }

  #comment(id: number): Comment {
    const comment = this.#repository.comments.get(id);
    if (!comment) throw new Error(`${this.fullName} has no comment ${id}`);
    return comment;
  }
}
