import type { Command } from "../commands/parse.ts";
import { helpAnswer, malformedAnswer, unknownAnswer } from "../commands/answers.ts";
import { approve } from "./approve.ts";
import { explain } from "./explain.ts";
import { hold } from "./hold.ts";
import { ignore } from "./ignore.ts";
import { merge } from "./merge.ts";
import type { OrderContext } from "./order.ts";
import { rebase, refresh } from "./refresh.ts";
import { revert } from "./revert.ts";
import { set, undo } from "./set.ts";
import { split } from "./split.ts";
import { tryOut } from "./try.ts";

/** Does what a command says, and gives the answer to it. */
export async function obey(context: OrderContext, command: Command): Promise<string> {
  switch (command.name) {
    case "help":
      return helpAnswer();
    case "unknown":
      return unknownAnswer(command);
    case "malformed":
      return malformedAnswer(command);
    case "explain":
      return await explain(context, command.target);
    case "set":
      return await set(context, command);
    case "undo":
      return await undo(context);
    case "hold":
      return await hold(context, command.seconds);
    case "try":
      return await tryOut(context, command);
    case "rebase":
      return await rebase(context);
    case "refresh":
    case "sweep":
      return await refresh(context);
    case "approve":
      return await approve(context);
    case "merge":
      return await merge(context);
    case "revert":
      return await revert(context);
    case "ignore":
      return await ignore(context, command);
    case "split":
      return await split(context);
  }
}
