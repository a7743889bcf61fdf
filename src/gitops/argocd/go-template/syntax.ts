/** A parsed template of Go's `text/template`, without definitions of others. */
export type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "action"; readonly pipe: Pipe }
  | {
      readonly kind: "if" | "with" | "range";
      readonly pipe: Pipe;
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[];
    };

export interface Pipe {
  /** `$x :=`, or `$key, $value :=` of a range. */
  readonly variables: readonly string[];
  /** `=`: an outer variable gets another value. */
  readonly assigns: boolean;
  readonly commands: readonly Command[];
}

/** The first is a function with arguments, or a lone value. */
export type Command = readonly Operand[];

export type Operand =
  | { readonly kind: "literal"; readonly value: unknown }
  | { readonly kind: "function"; readonly name: string }
  | {
      readonly kind: "path";
      readonly root: "dot" | { readonly variable: string } | { readonly pipe: Pipe };
      readonly fields: readonly string[];
    };
