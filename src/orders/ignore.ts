import type { Command } from "../commands/parse.ts";
import { meant } from "../commands/target.ts";
import { describeReason } from "../domain/reason.ts";
import { workloadKey } from "../domain/workload.ts";
import { openPull } from "../github/open-pull.ts";
import { takeSnapshot } from "../github/snapshot.ts";
import { appendItem } from "../manifests/edit-yaml.ts";
import { code, plain } from "../proposals/markdown.ts";
import { fullName, type OrderContext, ownProposal } from "./order.ts";

type IgnoreCommand = Extract<Command, { readonly name: "ignore" }>;

/** Where a repository says what is its own business. */
const FILE = ".github/loadline.yml";
const BEGIN = "version: 1\n";

/** Opens a pull request that writes into the repository what is to be left alone, until when, and why. */
export async function ignore(context: OrderContext, command: IgnoreCommand): Promise<string> {
  const { repository, sweeper, pull, login, setup } = context;
  if (!pull && command.target === undefined)
    return "What is to be left alone? Name a container or workload, such as `/loadline ignore shop/api`.";
  const plan = await sweeper.plan();
  const here = fullName(repository).toLowerCase();
  const among =
    ownProposal(context, plan)?.containers ??
    plan.containers.filter(({ source }) => source.at?.repository.toLowerCase() === here);
  const chosen = meant(command.target, among);
  if (chosen.length === 0)
    return command.target === undefined
      ? "Nothing is proposed for this pull request any more."
      : `Nothing here is called ${code(command.target)}.`;
  await using snapshot = await takeSnapshot(repository);
  const there = (await snapshot.tree.files()).includes(FILE);
  const before = there ? new TextDecoder().decode(await snapshot.tree.read(FILE)) : undefined;
  let after = before ?? BEGIN;
  const until = untilDate(command, setup.now());
  const names = [
    ...new Map(chosen.map((one) => [`${workloadKey(one.workload)}:${one.container}`, one])).values(),
  ];
  for (const { workload, container } of names) {
    const added = appendItem(after, "ignore", {
      workload: workloadKey(workload),
      container,
      ...(until === undefined ? {} : { until }),
      ...(command.reason === undefined ? {} : { reason: plain(command.reason).slice(0, 200) }),
    });
    if ("refused" in added) return `${code(FILE)} can't be edited: ${code(describeReason(added.refused))}`;
    after = added.text;
  }
  const number = await openPull(repository, snapshot, {
    branch: `loadline/ignore-${context.order.comment}-${context.order.index}`,
    title: `Leave ${names.length === 1 ? plain(`${names[0]?.workload.name}`) : `${names.length} containers`} alone`,
    body: [
      `${code(login)} asked for this by \`/loadline ignore\`. Once merged, Loadline goes on measuring, but proposes nothing for:`,
      "",
      ...names.map(({ workload, container }) => `- ${code(`${workloadKey(workload)} ${container}`)}`),
      "",
    ].join("\n"),
    files: [{ path: FILE, ...(before === undefined ? {} : { before }), after }],
  });
  return `#${number} writes it into ${code(FILE)}; it holds from its merge on.`;
}

/** `2027-01-31`. */
function untilDate({ until }: IgnoreCommand, nowMs: number): string | undefined {
  if (until === undefined) return undefined;
  return "date" in until ? until.date : new Date(nowMs + until.seconds * 1000).toISOString().slice(0, 10);
}
