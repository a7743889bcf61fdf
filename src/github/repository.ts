import { InputError } from "../domain/input-error.ts";
import type { GitHubAccess, GitHubClient, TokenAccess } from "./app.ts";

/** A repository on which the App is installed, or that a token reaches. */
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
  app: GitHubAccess,
  baseUrl: string,
  fullName: string,
): Promise<InstalledRepository> {
  if ("token" in app) return await reachableRepository(app, baseUrl, fullName);
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
  await requireName(client, fullName, installation.url);
  renewTokens(client, installation.data.id);
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

async function reachableRepository(
  { client, token }: TokenAccess,
  baseUrl: string,
  fullName: string,
): Promise<InstalledRepository> {
  const [owner = "", name = ""] = fullName.split("/");
  const { data } = await client.rest.repos.get({ owner, repo: name }).catch((error: unknown) => {
    if (statusOf(error) === 404)
      throw new InputError(`${fullName}: the token does not reach it, or there is no such repository`);
    throw error;
  });
  if (data.full_name.toLowerCase() !== fullName.toLowerCase()) throw renamed(fullName, data.full_name);
  return {
    owner,
    name,
    client,
    cloneUrl: `${webAddress(baseUrl)}/${owner}/${name}.git`,
    token: async () => await Promise.resolve(token),
  };
}

function renamed(was: string, is: string): InputError {
  return new InputError(`${was}: is called ${is} now: write that into the configuration`);
}

/** GitHub leads on from the name that a repository had, but not where git asks; nothing is done under two names. */
async function requireName(client: GitHubClient, fullName: string, answeredBy: string): Promise<void> {
  const [owner = "", repo = ""] = fullName.split("/");
  if (decodeURIComponent(answeredBy).toLowerCase().includes(`/repos/${fullName.toLowerCase()}/`)) return;
  const { data } = await client.rest.repos.get({ owner, repo });
  throw renamed(fullName, data.full_name);
}

/** A token that was taken back before its time is asked for anew once; else it would be used until its hour is over. */
function renewTokens(client: GitHubClient, installationId: number): void {
  client.hook.wrap("request", async (request, options) => {
    try {
      return await request(options);
    } catch (error) {
      if (statusOf(error) !== 401) throw error;
      await client.auth({ type: "installation", installationId, refresh: true });
      return await request(options);
    }
  });
}

/** The HTTP status of an error that Octokit threw. */
export function statusOf(error: unknown): number | undefined {
  return typeof error === "object" && error !== null && "status" in error && typeof error.status === "number"
    ? error.status
    : undefined;
}

/** For what GitHub answers 404 to, since it is not there. */
export function unlessMissing(error: unknown): undefined {
  if (statusOf(error) !== 404) throw error;
}

function webAddress(baseUrl: string): string {
  const { protocol, host } = new URL(baseUrl);
  return `${protocol}//${host.replace(/^api\.github\.com$/, "github.com")}`;
}
