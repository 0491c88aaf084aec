import type { DefinitionInput } from "#contract/definition.ts";
import { declared } from "./declared.ts";

type Declaration = NonNullable<DefinitionInput["config"]>[string];
type OptionsOf<Type extends Declaration["type"]> = Omit<
  Extract<Declaration, { type: Type }>,
  "type" | "order"
>;

/** The config variables of an integration, by key. */
export type ConfigDeclarations = Record<string, Declaration>;

/**
 * What a customer fills in, in the order of its declaration. `required` is true unless it says otherwise; a variable
 * that is not required and has no default may be undefined in a step.
 */
export const config = {
  /** One line of text. */
  string: <const Options extends OptionsOf<"string">>(options: Options) => declare("string", options),
  /** Several lines of text. */
  text: <const Options extends OptionsOf<"text">>(options: Options) => declare("text", options),
  number: <const Options extends OptionsOf<"number">>(options: Options) => declare("number", options),
  boolean: <const Options extends OptionsOf<"boolean">>(options: Options) => declare("boolean", options),
  /** A day, as text: `2026-11-24`. */
  date: <const Options extends OptionsOf<"date">>(options: Options) => declare("date", options),
  /** An instant, as text with its offset: `2026-11-24T19:55:00Z`. */
  timestamp: <const Options extends OptionsOf<"timestamp">>(options: Options) =>
    declare("timestamp", options),
  /** One of `options`. */
  picklist: <const Options extends PicklistOptions>(options: Options) =>
    declare("picklist", { ...options, options: [...options.options] as Mutable<Options["options"]> }), // the contract's array is not read-only
  /** Text in `language`; JSON, where it is left out, is checked to be JSON. */
  code: <const Options extends OptionsOf<"code">>(options: Options) => declare("code", options),
  /** A cron expression, for `cron({ config: "…" })`. */
  schedule: <const Options extends OptionsOf<"schedule">>(options: Options) => declare("schedule", options),
  /** Values of one type: text, unless `items` says `"number"` or `"boolean"`. */
  list: <const Options extends OptionsOf<"list">>(options: Options) => declare("list", options),
  /** Pairs of text, in order; a key may come again. */
  keyValueList: <const Options extends OptionsOf<"key-value-list">>(options: Options) =>
    declare("key-value-list", options),
};

type PicklistOptions = Omit<OptionsOf<"picklist">, "options"> & { options: readonly string[] };
type Mutable<List extends readonly unknown[]> = List[number][];

function declare<const Type extends string, Options extends object>(type: Type, options: Options) {
  return declared({ type, ...options });
}

/** The values that a step sees for those declarations. */
export type ConfigValues<Declarations> = {
  readonly [Key in keyof Declarations]: ValueOf<Declarations[Key]> | Missing<Declarations[Key]>;
};

type ValueOf<Variable> = Variable extends { type: "number" }
  ? number
  : Variable extends { type: "boolean" }
    ? boolean
    : Variable extends { type: "picklist"; options: (infer Option)[] }
      ? Option
      : Variable extends { type: "list" }
        ? readonly ItemOf<Variable>[]
        : Variable extends { type: "key-value-list" }
          ? readonly { readonly key: string; readonly value: string }[]
          : string;

type ItemOf<Variable> = Variable extends { items: "number" }
  ? number
  : Variable extends { items: "boolean" }
    ? boolean
    : string;

type Missing<Variable> = Variable extends { required: false }
  ? Variable extends { default: unknown }
    ? never
    : undefined
  : never;
