import type { Probot } from "probot";
import { InputError } from "../domain/input-error.ts";
import type { GitHubClient } from "./app.ts";

/** A repository on which the App is installed. */
export interface InstalledRepository {
  readonly owner: string;
  readonly name: string;
  readonly client: GitHubClient;
  /** Of the git repository, without credentials. */
  readonly cloneUrl: string;
  /** Good for an hour at the most. */
  readonly token: () => Promise<string>;
}

/** Finds the App's installation on `owner/name`; rejects with `InputError` where there is none. */
export async function installedRepository(
  app: Probot,
  baseUrl: string,
  fullName: string,
): Promise<InstalledRepository> {
  const [owner = "", name = ""] = fullName.split("/");
  const asApp = await app.auth();
  const installation = await asApp.rest.apps
    .getRepoInstallation({ owner, repo: name })
    .catch((error: unknown) => {
      if (statusOf(error) === 404)
        throw new InputError(`${fullName}: the App is not installed there, or there is no such repository`);
      throw error;
    });
  const client = await app.auth(installation.data.id);
  return {
    owner,
    name,
    client,
    cloneUrl: `${webAddress(baseUrl)}/${owner}/${name}.git`,
    token: async () => {
      const { token } = await asApp.rest.apps
        .createInstallationAccessToken({
          installation_id: installation.data.id,
          repositories: [name],
          permissions: { contents: "read" },
        })
        .then(({ data }) => data);
      return token;
    },
  };
}

/** The HTTP status of an error that Octokit threw. */
export function statusOf(error: unknown): number | undefined {
  return typeof error === "object" && error !== null && "status" in error && typeof error.status === "number"
    ? error.status
    : undefined;
}

function webAddress(baseUrl: string): string {
  const { protocol, host } = new URL(baseUrl);
  return `${protocol}//${host.replace(/^api\.github\.com$/, "github.com")}`;
}
