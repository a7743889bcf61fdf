import { workloadKey } from "../domain/workload.ts";
import type { Moment } from "../followup/moment.ts";

export type MessageFormat = "slack" | "json" | "template";

/** A moment, and where people read of its pull request. */
export interface Announced extends Moment {
  readonly url: string;
}

/**
 * What is sent of a moment, as JSON. A template is JSON itself, in whose texts `{kind}`, `{repository}`, `{number}`,
 * `{url}`, `{workloads}` and `{text}` stand for what they say.
 */
export function messageOf(moment: Announced, format: MessageFormat, template = ""): string {
  const { kind, repository, number, workloads, text, url } = moment;
  const names = workloads.map(({ cluster, workload }) => `${cluster} ${workloadKey(workload)}`);
  if (format === "json")
    return JSON.stringify({ version: 1, kind, repository, number, url, workloads: names, text });
  if (format === "slack") return JSON.stringify({ text: slackText(moment, names) });
  const values: Readonly<Record<string, string>> = {
    kind,
    repository,
    number: String(number),
    url,
    workloads: names.join(", "),
    text,
  };
  // Inside of a text of JSON, where quotes and line breaks have to be written as escapes.
  return template.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    return value === undefined ? whole : JSON.stringify(value).slice(1, -1);
  });
}

const NAMES_SHOWN = 10;
const LONGEST = 2000;

/** Slack reads `<…>` and `&` as its own; everything else of names and sentences is only text. */
function slackText({ repository, number, url, text }: Announced, names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN).join(", ") + (names.length > NAMES_SHOWN ? ", …" : "");
  return `<${url}|${escaped(`${repository}#${number}`)}>: ${escaped(text.slice(0, LONGEST).toWellFormed())} (${escaped(shown)})`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
