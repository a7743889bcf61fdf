import type { RepositoryHandle } from "../support/github/github.ts";

/**
 * Everything of a repository on GitHub that people see, without times and hashes, so that the state after two
 * histories can be compared: branches by what they change, pull requests, issues, comments, checks.
 */
export async function stateOf(repository: RepositoryHandle): Promise<object> {
  const numbers = [...repository.issues(), ...repository.pulls()].map(({ number }) => number);
  const comments = numbers.toSorted((a, b) => a - b).flatMap((number) => repository.comments(number));
  const known = new Map(comments.map(({ id }, index) => [String(id), `comment ${index}`]));
  const steady = (text: string | null): string =>
    (text ?? "")
      // What was left to do when an order was obeyed again depends on what had been done.
      .replaceAll(/(?<=Measured again\.)[^]*?(?=\n\n---\n|\n<!-- )/g, "")
      .replaceAll(repository.name, "SHOP")
      .replaceAll(/(?<=answers |"comment":|ignore-)\d+/g, (id) => known.get(id) ?? id)
      .replaceAll(/\b(?=[a-f]*\d)[0-9a-f]{10,64}\b/g, "HASH");
  const main = await textsOf(repository, repository.defaultBranch);
  const branches: Record<string, object> = {};
  for (const branch of await repository.branches()) {
    const texts = await textsOf(repository, branch);
    const changed = [...texts].filter(
      ([file, text]) => branch === repository.defaultBranch || main.get(file) !== text,
    );
    branches[steady(branch)] = Object.fromEntries(changed);
  }
  return {
    branches,
    pulls: repository.pulls().map(({ number, title, body, state, labels, pull }) => ({
      number,
      title: steady(title),
      body: steady(body),
      state,
      labels: labels.map(({ name }) => name),
      head: steady(pull.head.ref),
      base: pull.base.ref,
      mergedBy: pull.merged?.by.login,
      checks: repository
        .checkRuns()
        .filter(({ headSha }) => state === "open" && headSha === pull.head.sha)
        .map(({ name, conclusion, output }) => ({
          name,
          conclusion,
          title: steady(output.title),
          summary: steady(output.summary),
        })),
    })),
    issues: repository.issues().map(({ number, title, body, state }) => ({
      number,
      title,
      body: steady(body),
      state,
    })),
    comments: comments.map(({ issue, user, body, reactions }) => ({
      on: issue.number,
      by: user.login,
      body: steady(body),
      reactions: reactions.map(({ content }) => content),
    })),
  };
}

async function textsOf(repository: RepositoryHandle, branch: string): Promise<Map<string, string>> {
  const files = await repository.files(branch);
  return new Map(
    await Promise.all(
      files.map(async (file) => [file, (await repository.file(branch, file)) ?? ""] as const),
    ),
  );
}
