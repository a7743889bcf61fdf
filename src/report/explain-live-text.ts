import type { ExplainedLive } from "./explain-report.ts";
import { beside, cell, CERTAINTY_STYLE, count, type Paint, wrapped } from "./layout.ts";
import { printable } from "./printable.ts";

const [LINK, STATUS] = [15, 10];
const HELD = { yes: "✓", no: "✗", unknown: "?" } as const;
const HELD_STYLE = { yes: "green", no: "red", unknown: "yellow" } as const;

/** From what lives to where it is written: for each container what was checked, and what came of it. */
export function liveLines(
  { cluster, replicas, delivery, containers }: ExplainedLive,
  paint: Paint,
): string[] {
  const pods = replicas === null ? "" : `, ${count(replicas, "pod")}`;
  const kept = delivery ? `, kept by ${delivery.name} (${delivery.sync}, ${delivery.health})` : "";
  return [
    ...wrapped(printable(`in ${cluster}${pods}${kept}`), "  "),
    ...containers.flatMap((container) => containerLines(container, paint)),
  ];
}

function containerLines(found: ExplainedLive["containers"][number], paint: Paint): string[] {
  const { container, init, current, status, message, file, line, chain, effects, policy } = found;
  const { requests, limits } = current;
  const amounts = [
    `requests ${requests.cpu ?? "—"} CPU, ${requests.memory ?? "—"}`,
    `limits ${limits.cpu ?? "—"} CPU, ${limits.memory ?? "—"}`,
  ].join("; ");
  const place = file === null ? "" : `${file}:${line ?? ""}`;
  return [
    "",
    ...beside(`  container `, printable(`${container}${init ? " (init)" : ""}  ${amounts}`)),
    ...chain.flatMap(({ link, held, checked }) => {
      const [first = "", ...more] = beside(`    ${HELD[held]} ${cell(link, LINK)}`, printable(checked));
      return [first.replace(HELD[held], paint(HELD_STYLE[held], HELD[held])), ...more];
    }),
    `    ${paint(CERTAINTY_STYLE[status], cell(status, STATUS))}${printable(place)}`,
    ...(message === null ? [] : wrapped(printable(message), "      ").map((text) => paint("gray", text))),
    ...effects.flatMap((effect) => beside("      merge  ", printable(effect.message))),
    ...beside("      policy ", printable(`${policy.name}: ${policy.because}`)),
  ];
}
