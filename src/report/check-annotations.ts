import type { CheckReport } from "./check-report.ts";
import { printable } from "./printable.ts";

const COMMAND = { error: "error", warning: "warning", note: "notice" } as const;

/**
 * Findings as commands of a GitHub Actions workflow, which shows them at their lines. Escaped as
 * `@actions/core` does: nothing in a name can end its property or begin another command.
 */
export function checkAnnotations({ findings }: CheckReport): string {
  return findings
    .map(({ level, rule, message, file, line, column }) => {
      const properties = Object.entries({ file, line, col: column, title: `loadline: ${rule}` })
        .filter(([, value]) => value !== null)
        .map(([name, value]) => `${name}=${property(String(value))}`);
      return `::${COMMAND[level]} ${properties.join(",")}::${data(message)}\n`;
    })
    .join("");
}

function data(text: string): string {
  return printable(text).replaceAll("%", "%25");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
