import { Refusal, notFound } from "./answer.ts";
import { timestamp } from "./git.ts";
import type { Account, Actor, Installation, Issue, PullRequest, Repository } from "./model.ts";
import type { Webhooks } from "./webhooks.ts";

/** The App that everything is about. */
export interface App {
  readonly id: number;
  readonly slug: string;
  /** e.g. `loadline[bot]` */
  readonly botLogin: string;
  /** PEM, as GitHub hands it out */
  readonly privateKey: string;
  readonly publicKey: string;
  readonly permissions: Readonly<Record<string, string>>;
  readonly events: readonly string[];
  readonly createdAt: string;
}

/** All that this GitHub knows. */
export class Hub {
  /** e.g. `http://127.0.0.1:4711`; the REST interface is below `/api/v3` of it. */
  url = "";
  readonly app: App;
  readonly webhooks: Webhooks;
  readonly repositories = new Map<string, Repository>();
  /** By the lower-case name that they had before they were renamed. */
  readonly formerNames = new Map<string, Repository>();
  readonly installations = new Map<number, Installation>();
  /** Logins of members in lower case, by `organization/team`. */
  readonly teams = new Map<string, Set<string>>();
  readonly #accounts = new Map<string, Account>();
  readonly #now: () => Date;
  #lastId = 1000;

  constructor(app: App, webhooks: Webhooks, now: () => Date) {
    this.app = app;
    this.webhooks = webhooks;
    this.#now = now;
    this.account(app.botLogin, "Bot");
  }

  nextId(): number {
    return ++this.#lastId;
  }

  now(): Date {
    return this.#now();
  }

  timestamp(): string {
    return timestamp(this.#now());
  }

  get api(): string {
    return `${this.url}/api/v3`;
  }

  /** The account of this login; a new one where there was none. */
  account(login: string, type: Account["type"] = "User"): Account {
    const key = login.toLowerCase();
    const account = this.#accounts.get(key) ?? { id: this.nextId(), login, type };
    this.#accounts.set(key, account);
    return account;
  }

  knownAccount(login: string): Account | undefined {
    return this.#accounts.get(login.toLowerCase());
  }

  /** The account behind a commit's e-mail address, if it is one of `…@users.noreply.github.com`. */
  accountByEmail(email: string): Account | undefined {
    const login = /^(?:\d+\+)?(.+)@users\.noreply\.github\.com$/.exec(email)?.[1];
    return login === undefined ? undefined : this.knownAccount(login);
  }

  get bot(): Account {
    return this.account(this.app.botLogin, "Bot");
  }

  /** Whom GitHub shows as the doer. */
  doer(actor: Actor): Account {
    if (actor.kind === "person") return actor.account;
    if (actor.kind === "anonymous") throw new Refusal(401, "Requires authentication");
    return this.bot;
  }

  /** The repository, if `actor` may know of it; GitHub hides the others behind 404. */
  visibleRepository(actor: Actor, owner: string, name: string): Repository {
    const repository = this.repositories.get(`${owner}/${name}`.toLowerCase());
    if (!repository || (repository.private && !this.#mayRead(actor, repository))) throw notFound();
    return repository;
  }

  #mayRead(actor: Actor, repository: Repository): boolean {
    if (actor.kind === "installation") return this.accessible(actor).includes(repository);
    if (actor.kind === "person") return repository.collaborators.has(actor.account.login.toLowerCase());
    return actor.kind === "app" && this.installationOf(repository) !== undefined;
  }

  /** The repositories that an installation's token reaches. */
  accessible(actor: Extract<Actor, { kind: "installation" }>): Repository[] {
    const { installation, only } = actor;
    return this.repositoriesOf(installation).filter((repository) => only?.has(repository.id) ?? true);
  }

  repositoriesOf(installation: Installation): Repository[] {
    return [...installation.repositories];
  }

  installationOf(repository: Repository): Installation | undefined {
    return [...this.installations.values()].find((one) => this.repositoriesOf(one).includes(repository));
  }
}

export const isPull = (issue: Issue): issue is PullRequest => issue.pull !== undefined;

export function findIssue(repository: Repository, number: number): Issue {
  const issue = repository.issues.get(number);
  if (!issue) throw notFound();
  return issue;
}

export function findPull(repository: Repository, number: number): PullRequest {
  const issue = findIssue(repository, number);
  if (!isPull(issue)) throw notFound();
  return issue;
}
