import type { Gate } from "../guard.ts";

export const disabled: Gate = ({ policy }) =>
  policy.mode === "disabled"
    ? { code: "disabled", message: "its policy or an annotation has switched advice off" }
    : undefined;
