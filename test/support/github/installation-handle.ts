import type { Tokens } from "./app-auth.ts";
import { emitInstallation } from "./events.ts";
import type { Hub } from "./hub.ts";
import type { Installation, Permissions, Repository } from "./model.ts";
import { nodeId } from "./shapes/account.ts";

/** The App's installation on one account, as its owner handles it. */
export class InstallationHandle {
  readonly #hub: Hub;
  readonly #tokens: Tokens;
  readonly #installation: Installation;

  constructor(hub: Hub, tokens: Tokens, installation: Installation) {
    this.#hub = hub;
    this.#tokens = tokens;
    this.#installation = installation;
  }

  get id(): number {
    return this.#installation.id;
  }

  repositories(): string[] {
    return this.#hub.repositoriesOf(this.#installation).map(({ fullName }) => fullName);
  }

  /** A fresh token, as the App would get it; good for an hour. */
  token(permissions?: Permissions): string {
    return this.#tokens.forInstallation(this.#installation, permissions).token;
  }

  /** Gives the App one more repository of this account. */
  add(fullName: string): void {
    const repository = this.#own(fullName);
    this.#installation.repositories.add(repository);
    this.#changed("added", repository);
  }

  /** Takes a repository from the App; from then on it has only selected ones. */
  remove(fullName: string): void {
    const repository = this.#own(fullName);
    this.#installation.selection = "selected";
    this.#installation.repositories.delete(repository);
    this.#changed("removed", repository);
  }

  suspend(): void {
    this.#installation.suspendedAt = this.#hub.timestamp();
    emitInstallation(this.#hub, "installation", "suspend", this.#installation);
  }

  unsuspend(): void {
    this.#installation.suspendedAt = null;
    emitInstallation(this.#hub, "installation", "unsuspend", this.#installation);
  }

  /** Uninstalls the App: its tokens are refused from now on. */
  delete(): void {
    const repositories = this.#hub.repositoriesOf(this.#installation).map(brief);
    this.#hub.installations.delete(this.#installation.id);
    emitInstallation(this.#hub, "installation", "deleted", this.#installation, { repositories });
  }

  #own(fullName: string): Repository {
    const repository = this.#hub.repositories.get(fullName.toLowerCase());
    if (!repository || repository.owner !== this.#installation.account) {
      throw new Error(`${this.#installation.account.login} has no repository ${fullName}`);
    }
    return repository;
  }

  #changed(action: "added" | "removed", repository: Repository): void {
    const moved = [brief(repository)];
    emitInstallation(this.#hub, "installation_repositories", action, this.#installation, {
      repository_selection: this.#installation.selection,
      repositories_added: action === "added" ? moved : [],
      repositories_removed: action === "removed" ? moved : [],
      requester: null,
    });
  }
}

/** Installs the App on a repository's owner, with this repository for a start, and tells it. */
export function install(hub: Hub, repository: Repository): void {
  const installation: Installation = {
    id: hub.nextId(),
    account: repository.owner,
    createdAt: hub.timestamp(),
    permissions: hub.app.permissions,
    selection: "all",
    repositories: new Set([repository]),
    suspendedAt: null,
  };
  hub.installations.set(installation.id, installation);
  emitInstallation(hub, "installation", "created", installation, {
    repositories: hub.repositoriesOf(installation).map(brief),
    requester: null,
  });
}

export const brief = ({ id, name, fullName, private: isPrivate }: Repository) => ({
  id,
  node_id: nodeId("R", id),
  name,
  full_name: fullName,
  private: isPrivate,
});
