/** What may follow `/loadline` in a comment. */
export const COMMANDS = [
  "help",
  "explain",
  "set",
  "refresh",
  "rebase",
  "approve",
  "merge",
  "hold",
  "try",
  "ignore",
  "split",
  "undo",
  "revert",
  "sweep",
] as const;
export type CommandName = (typeof COMMANDS)[number];
