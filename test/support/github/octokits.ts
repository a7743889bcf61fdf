import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import type { GitHub } from "./github.ts";

/** Octokit as the App's installation on an account. */
export function asInstallation(github: GitHub, owner: string): Octokit {
  const { id: appId, privateKey } = github.app;
  return new Octokit({
    ...common(github),
    authStrategy: createAppAuth,
    auth: { appId, privateKey, installationId: github.installation(owner).id },
  });
}

/** Octokit as the App itself. */
export function asApp(github: GitHub): Octokit {
  const { id: appId, privateKey } = github.app;
  return new Octokit({ ...common(github), authStrategy: createAppAuth, auth: { appId, privateKey } });
}

/** Octokit with a token, or as nobody. */
export function withToken(github: GitHub, token?: string): Octokit {
  return new Octokit({ ...common(github), ...(token === undefined ? {} : { auth: token }) });
}

/** Octokit writes every refusal to the console; tests that provoke them don't want to read it. */
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };
const common = ({ baseUrl }: GitHub) => ({ baseUrl, log: silent });

function ignore(): void {}
