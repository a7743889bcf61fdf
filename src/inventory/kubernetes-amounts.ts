import { isQuantity } from "../domain/quantity.ts";
import { type Amounts, RESOURCE_NAMES } from "../domain/resources.ts";

/** Told of every value that is left out. */
export type Note = (text: string) => void;

/** CPU and memory of a resource list; `whose` (`Deployment/shop/api, container app: requests`) stands in notes. */
export function readAmounts(written: Readonly<Record<string, unknown>>, whose: string, note: Note): Amounts {
  const amounts = RESOURCE_NAMES.flatMap((name) => {
    const value = Object.hasOwn(written, name) ? written[name] : undefined;
    if (value === undefined || value === null) return [];
    // Custom resources, Rollouts among them, may hold a quantity as a number.
    const text = typeof value === "number" ? String(value) : value;
    if (typeof text === "string" && isQuantity(text)) return [[name, text] as const];
    note(`${whose}.${name} ${JSON.stringify(value).slice(0, 40)} is no quantity and is left out`);
    return [];
  });
  return Object.fromEntries(amounts);
}
