import { describe, expect, it } from "vitest";
import { InputError } from "../../../src/domain/input-error.ts";
import { openUsageStore } from "../../../src/usage/store/open-usage-store.ts";

describe("a store", () => {
  it.each(["", "mysql://root:hunter2@db/usage", "postgres://loadline:hunter2#4@db:port/usage"])(
    "at %j is refused with what can be written there, and without what was",
    async (location) => {
      const refused = openUsageStore(location, expect.unreachable);
      await expect(refused).rejects.toThrow(InputError);
      await expect(refused).rejects.toThrow(/^store: .*postgres:\/\//);
      await expect(refused).rejects.not.toThrow(/hunter2/);
    },
  );
});
