import { type Quantity, sameQuantity } from "./quantity.ts";

export const RESOURCE_NAMES = ["cpu", "memory"] as const;
export type ResourceName = (typeof RESOURCE_NAMES)[number];

export const RESOURCE_SIDES = ["requests", "limits"] as const;
export type ResourceSide = (typeof RESOURCE_SIDES)[number];

/** One number of a container: `requests.cpu`, `limits.memory`, … */
export type ResourceField = `${ResourceSide}.${ResourceName}`;

export const RESOURCE_FIELDS = RESOURCE_SIDES.flatMap((side) =>
  RESOURCE_NAMES.map((name): ResourceField => `${side}.${name}`),
);

export type Amounts = { readonly [name in ResourceName]?: Quantity | undefined };

/** What a container asks for and may use at the most, in the shape of Kubernetes' `resources`. */
export interface Resources {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

export const NO_RESOURCES: Resources = { requests: {}, limits: {} };

export function amountOf(resources: Resources, field: ResourceField): Quantity | undefined {
  const [side, name] = splitField(field);
  return resources[side][name];
}

/** A copy with one number set. */
export function withAmount(resources: Resources, field: ResourceField, quantity: Quantity): Resources {
  const [side, name] = splitField(field);
  return { ...resources, [side]: { ...resources[side], [name]: quantity } };
}

/** A copy without one number. */
export function withoutAmount(resources: Resources, field: ResourceField): Resources {
  const [side, name] = splitField(field);
  const { [name]: _, ...others } = resources[side];
  return { ...resources, [side]: others };
}

export function splitField(field: ResourceField): [ResourceSide, ResourceName] {
  return [field.startsWith("requests") ? "requests" : "limits", field.endsWith("cpu") ? "cpu" : "memory"];
}

/** The fields in which two resources differ as Kubernetes compares them. */
export function changedFields(before: Resources, after: Resources): ResourceField[] {
  return RESOURCE_FIELDS.filter((field) => !sameQuantity(amountOf(before, field), amountOf(after, field)));
}
