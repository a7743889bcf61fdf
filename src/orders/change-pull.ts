import type { Said } from "../proposals/marker.ts";
import { changeSaid } from "../github/rewrite-pull.ts";
import type { OrderContext } from "./order.ts";

/** Keeps what people said to a pull request in its marker; an order that is obeyed again changes nothing again. */
export async function remember(
  { repository, issue, order }: OrderContext,
  change: (said: Said) => Said,
): Promise<void> {
  await changeSaid(repository, issue, (said) =>
    isHeard(said, order) ? said : { ...change(said), heard: order },
  );
}

/** Whether what an order says is in the marker already, since Loadline died before it could answer. */
export function isHeard({ heard }: Said, { comment, index }: OrderContext["order"]): boolean {
  return heard !== undefined && heard.comment === comment && heard.index >= index;
}
