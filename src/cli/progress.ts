import ora from "ora";

/** Says what takes so long: on stderr, only on a terminal, only after two seconds. */
export interface Progress {
  readonly step: (text: string) => void;
  readonly done: () => void;
}

const QUIET_MS = 2000;

export function terminalProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) return { step: () => undefined, done: () => undefined };
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
