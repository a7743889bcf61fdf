import { generateKeyPair } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Tokens } from "./app-auth.ts";
import { loadDescription } from "./description.ts";
import type { Endpoint } from "./endpoint.ts";
import { apps } from "./endpoints/apps.ts";
import { checks } from "./endpoints/checks.ts";
import { contents } from "./endpoints/contents.ts";
import { gitData } from "./endpoints/git-data.ts";
import { issues } from "./endpoints/issues.ts";
import { pulls } from "./endpoints/pulls.ts";
import { rate } from "./endpoints/rate.ts";
import { repositories } from "./endpoints/repositories.ts";
import { teams } from "./endpoints/teams.ts";
import { emitInstallation } from "./events.ts";
import { Faults, type Fault, type LoggedRequest } from "./faults.ts";
import { Git } from "./git.ts";
import { Hub, type App } from "./hub.ts";
import { InstallationHandle, brief, install } from "./installation-handle.ts";
import type { Account, Installation, Repository } from "./model.ts";
import { RateLimits } from "./rate-limit.ts";
import { RepositoryHandle, type Files } from "./repository-handle.ts";
import { Routes } from "./routes.ts";
import { listen, type Parts } from "./server.ts";
import { Webhooks, type Delivery, type WebhookTarget } from "./webhooks.ts";

export { secondaryLimit } from "./faults.ts";
export type { Delivery, Fault, InstallationHandle, LoggedRequest, RepositoryHandle };

export interface GitHubOptions {
  /** Where the App listens; may follow later with `deliverTo`. */
  readonly webhook?: WebhookTarget;
  readonly app?: Partial<Pick<App, "id" | "slug" | "permissions" | "events">>;
  readonly now?: () => Date;
  /** More endpoints than there are here, or others in the place of those. */
  readonly endpoints?: readonly Endpoint[];
}

export interface NewRepository {
  readonly files?: Files;
  readonly defaultBranch?: string;
  readonly private?: boolean;
  /** Whether the owner is a person; an organization if absent. */
  readonly ownedByPerson?: boolean;
  /** Whether the App is installed here from the start; yes if absent. */
  readonly installed?: boolean;
  /** Who commits the first files. */
  readonly author?: string;
}

/** Starts a GitHub of one's own on loopback. Dispose of it; that throws if it ever answered as GitHub does not. */
export async function startGitHub(options: GitHubOptions = {}): Promise<GitHub> {
  const now = options.now ?? (() => new Date());
  const [description, app, directory] = await Promise.all([
    loadDescription(),
    makeApp(options.app ?? {}),
    mkdtemp(join(tmpdir(), "local-github-")),
  ]);
  const violations: string[] = [];
  const webhooks = new Webhooks(options.webhook, ({ event, action, payload }) => {
    const faults = description.checkWebhook(event, action, payload);
    if (faults.length > 0)
      violations.push(`webhook ${event} ${action ?? ""}:\n${faults.slice(0, 12).join("\n")}`);
  });
  const hub = new Hub(app, webhooks, now);
  const endpoints = [...ENDPOINTS, ...(options.endpoints ?? [])];
  const parts: Parts = {
    hub,
    tokens: new Tokens(hub),
    description,
    routes: new Routes(description, endpoints),
    rates: new RateLimits(),
    faults: new Faults(),
    requests: [],
    violations,
  };
  const server = await listen(parts);
  const address = server.address();
  hub.url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  return new GitHub(parts, server, directory);
}

const ENDPOINTS = [gitData, repositories, contents, pulls, issues, checks, apps, teams, rate].flat();

export class GitHub implements AsyncDisposable {
  readonly #parts: Parts;
  readonly #server: Server;
  readonly #directory: string;

  constructor(parts: Parts, server: Server, directory: string) {
    this.#parts = parts;
    this.#server = server;
    this.#directory = directory;
  }

  /** For Octokit and Probot, e.g. `http://127.0.0.1:4711/api/v3` */
  get baseUrl(): string {
    return this.#parts.hub.api;
  }

  /** The web and git side, e.g. `http://127.0.0.1:4711` */
  get url(): string {
    return this.#parts.hub.url;
  }

  get app(): App {
    return this.#parts.hub.app;
  }

  /** Without credentials; private repositories want them, as Basic `x-access-token:TOKEN`. */
  cloneUrl(fullName: string): string {
    return `${this.url}/${fullName}.git`;
  }

  /** Makes `owner/name`, with a first commit of `files`, and installs the App on its owner. */
  async createRepository(fullName: string, options: NewRepository = {}): Promise<RepositoryHandle> {
    const repository = await this.#newRepository(fullName, options);
    const handle = new RepositoryHandle(this.#parts.hub, repository);
    const files = options.files ?? { "README.md": `# ${handle.name}\n` };
    await handle.commit({
      files,
      message: "Initial commit",
      ...(options.author ? { author: options.author } : {}),
    });
    if (options.installed ?? true) this.#install(repository);
    else this.#leaveOut(repository);
    return handle;
  }

  /** A person's own copy of a repository, on which the App is not installed. */
  async fork(of: RepositoryHandle, login: string): Promise<RepositoryHandle> {
    const tip = await of.tip();
    const source = this.#parts.hub.repositories.get(of.fullName.toLowerCase());
    if (!tip || !source) throw new Error(`${of.fullName} has nothing to fork`);
    const { defaultBranch } = of;
    const repository = await this.#newRepository(`${login}/${of.name}`, {
      defaultBranch,
      ownedByPerson: true,
    });
    await repository.git.fetch(source.git, tip);
    await repository.git.moveRef(`refs/heads/${defaultBranch}`, tip, null);
    return new RepositoryHandle(this.#parts.hub, repository);
  }

  repository(fullName: string): RepositoryHandle {
    const repository = this.#parts.hub.repositories.get(fullName.toLowerCase());
    if (!repository) throw new Error(`no repository ${fullName}`);
    return new RepositoryHandle(this.#parts.hub, repository);
  }

  /** The App's installation on an account. */
  installation(owner: string): InstallationHandle {
    const { hub, tokens } = this.#parts;
    const found = this.#installationOn(hub.account(owner));
    if (!found) throw new Error(`the App is not installed on ${owner}`);
    return new InstallationHandle(hub, tokens, found);
  }

  /** A personal token, for acting as somebody through the REST interface or git. */
  personalToken(login: string): string {
    return this.#parts.tokens.forPerson(this.#parts.hub.account(login));
  }

  /** Makes people members of `organization/team`. */
  addToTeam(team: string, ...logins: string[]): void {
    const members = this.#parts.hub.teams.get(team.toLowerCase()) ?? new Set();
    for (const login of logins) members.add(this.account(login).login.toLowerCase());
    this.#parts.hub.teams.set(team.toLowerCase(), members);
  }

  account(login: string, type?: Account["type"]): Account {
    return this.#parts.hub.account(login, type);
  }

  /** From now on, events go there. */
  deliverTo(target: WebhookTarget): void {
    this.#parts.hub.webhooks.target = target;
  }

  get deliveries(): readonly Delivery[] {
    return this.#parts.hub.webhooks.deliveries;
  }

  redeliver(id: string): void {
    this.#parts.hub.webhooks.redeliver(id);
  }

  /** Resolves when every event is delivered, also those that the App's answers set off. */
  settled(): Promise<void> {
    return this.#parts.hub.webhooks.settled();
  }

  /** Makes something go wrong; gives what ends it. */
  fault(fault: Fault): () => void {
    return this.#parts.faults.add(fault);
  }

  /** Every request so far. */
  get requests(): readonly LoggedRequest[] {
    return this.#parts.requests;
  }

  /** Call it now; the function it gives lists what was asked since. */
  mark(): () => LoggedRequest[] {
    const start = this.requests.length;
    return () => this.requests.slice(start);
  }

  expireTokens(): void {
    this.#parts.tokens.expire();
  }

  /** Requests an hour that each asker has. */
  set rateLimit(limit: number) {
    this.#parts.rates.limit = limit;
  }

  /** Where this GitHub itself went wrong: answers and events that the real one could not give. */
  get violations(): string[] {
    return this.#parts.violations;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.settled();
    await new Promise((resolve) => {
      this.#server.close(resolve);
      this.#server.closeAllConnections();
    });
    await rm(this.#directory, { recursive: true, force: true, maxRetries: 3 });
    if (this.violations.length > 0)
      throw new Error(`the local GitHub went wrong:\n${this.violations.join("\n\n")}`);
  }

  /** An installation on all repositories of its owner it is no longer, with this one left out. */
  #leaveOut(repository: Repository): void {
    const present = this.#installationOn(repository.owner);
    if (present) present.selection = "selected";
  }

  async #newRepository(fullName: string, options: NewRepository): Promise<Repository> {
    const { hub } = this.#parts;
    const [owner = "", name = ""] = fullName.split("/");
    if (!/^[\w.-]+\/[\w.-]+$/.test(fullName)) throw new Error(`not owner/name: ${fullName}`);
    const defaultBranch = options.defaultBranch ?? "main";
    const now = hub.timestamp();
    const repository: Repository = {
      id: hub.nextId(),
      owner: hub.account(owner, options.ownedByPerson ? "User" : "Organization"),
      name,
      fullName,
      defaultBranch,
      private: options.private ?? true,
      createdAt: now,
      pushedAt: now,
      git: await Git.create(join(this.#directory, owner, `${name}.git`), defaultBranch),
      issues: new Map(),
      comments: new Map(),
      labels: new Map(),
      collaborators: new Map(),
      protectedBranches: new Map(),
      allowsAutoMerge: false,
      checkRuns: new Map(),
      statuses: [],
      verified: new Set(),
    };
    hub.repositories.set(fullName.toLowerCase(), repository);
    return repository;
  }

  #installationOn(owner: Account): Installation | undefined {
    return [...this.#parts.hub.installations.values()].find(({ account }) => account === owner);
  }

  #install(repository: Repository): void {
    const { hub } = this.#parts;
    const present = this.#installationOn(repository.owner);
    if (!present) install(hub, repository);
    else {
      present.repositories.add(repository);
      emitInstallation(hub, "installation_repositories", "added", present, {
        repository_selection: present.selection,
        repositories_added: [brief(repository)],
        repositories_removed: [],
        requester: null,
      });
    }
  }
}

const PERMISSIONS = {
  checks: "write",
  contents: "write",
  issues: "write",
  members: "read",
  metadata: "read",
  pull_requests: "write",
  statuses: "write",
};
const EVENTS = ["check_run", "check_suite", "issue_comment", "issues", "pull_request", "push"];

async function makeApp({
  id = 4711,
  slug = "loadline",
  permissions = PERMISSIONS,
  events = EVENTS,
}: Partial<App>): Promise<App> {
  const keys = await promisify(generateKeyPair)("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  });
  return {
    ...keys,
    id,
    slug,
    botLogin: `${slug}[bot]`,
    permissions,
    events,
    createdAt: "2026-01-01T00:00:00Z",
  };
}
