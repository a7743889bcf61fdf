import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";

export const rate = [
  endpoint("rate-limit/get", ({ rate: { limit, used, remaining, reset } }) => {
    const core = { limit, used, remaining, reset };
    const search = { limit: 30, used: 0, remaining: 30, reset };
    return ok({ resources: { core, search, graphql: { ...core, used: 0, remaining: limit } }, rate: core });
  }),
];
