import path from "node:path";
import { DEMO_REPOSITORY } from "../../demo/recorded-usage.ts";
import { setStage, type Stage } from "../../demo/stage.ts";
import { usageOf } from "./usage-of.ts";

type Settings = Omit<Parameters<typeof setStage>[0], "from" | "usage" | "window">;

/** When the stories of it take place. */
export const END = Date.UTC(2026, 10, 20);

/** A stage whose repository is the demo's storefront alone, with usage of these workloads. */
export async function storefrontStage(settings: Settings = {}, seen = ["storefront"]): Promise<Stage> {
  const stage = await setStage({
    from: path.join(DEMO_REPOSITORY, "apps", "storefront"),
    usage: await usageOf(seen, END),
    window: "2d",
    ...settings,
  });
  await stage.quiet();
  return stage;
}

/** No push sweeps any more: each story does so once. */
export function stopDelivering({ github, serving }: Stage): void {
  github.deliverTo({ url: `${serving.address}/healthz`, secret: "" });
}
