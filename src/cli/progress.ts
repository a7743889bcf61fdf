import ora from "ora";

/** Says what takes so long: on stderr, only on a terminal, only after two seconds. */
export interface Progress {
  readonly step: (text: string) => void;
  readonly done: () => void;
}

const QUIET_MS = 2000;

type Terminal = NodeJS.WritableStream &
  Pick<NodeJS.WriteStream, "isTTY" | "columns" | "cursorTo" | "clearLine" | "moveCursor">;

export function terminalProgress(stream: Terminal = process.stderr): Progress {
  // One that is no columns wide, as some that no person sees, has infinitely many lines to clear.
  if (!stream.isTTY || !stream.columns) return { step: () => undefined, done: () => undefined };
  const spinner = ora({ stream, discardStdin: false });
  const timer = setTimeout(() => spinner.start(), QUIET_MS);
  return {
    step: (text) => {
      spinner.text = text;
    },
    done: () => {
      clearTimeout(timer);
      spinner.stop();
    },
  };
}
