import type { DefinitionInput } from "#contract/definition.ts";
import { type Checked, type Fetching, keepFunctions } from "./config-functions.ts";
import { declared } from "./declared.ts";

type Declaration = NonNullable<DefinitionInput["config"]>[string];
type DataOf<Type extends Declaration["type"]> = Omit<
  Extract<Declaration, { type: Type }>,
  "type" | "order" | "check"
>;
type OptionsOf<Type extends Declaration["type"], Value> = DataOf<Type> & Checked<Value>;

/** The config variables of an integration, by key. */
export type ConfigDeclarations = Record<string, Declaration>;

type Item = string | number | boolean;
interface Pair {
  readonly key: string;
  readonly value: string;
}

/**
 * What a customer fills in, in the order of its declaration. `required` is true unless it says otherwise; a variable
 * that is not required and has no default may be undefined in a step. `check` looks at a value when it is saved and when
 * it is deployed: it returns `true`, or what is wrong.
 */
export const config = {
  /** One line of text. */
  string: <const Options extends OptionsOf<"string", string>>(options: Options) => declare("string", options),
  /** Several lines of text. */
  text: <const Options extends OptionsOf<"text", string>>(options: Options) => declare("text", options),
  number: <const Options extends OptionsOf<"number", number>>(options: Options) => declare("number", options),
  boolean: <const Options extends OptionsOf<"boolean", boolean>>(options: Options) =>
    declare("boolean", options),
  /** A day, as text: `2026-11-24`. */
  date: <const Options extends OptionsOf<"date", string>>(options: Options) => declare("date", options),
  /** An instant, as text with its offset: `2026-11-24T19:55:00Z`. */
  timestamp: <const Options extends OptionsOf<"timestamp", string>>(options: Options) =>
    declare("timestamp", options),
  /** One of `options`: a list, or a function that fetches them for an instance when somebody configures it. */
  picklist: <const Options extends PicklistOptions>(options: Options) => declarePicklist(options),
  /** Text in `language`; JSON, where it is left out, is checked to be JSON. */
  code: <const Options extends OptionsOf<"code", string>>(options: Options) => declare("code", options),
  /** A cron expression, for `cron({ config: "…" })`. */
  schedule: <const Options extends OptionsOf<"schedule", string>>(options: Options) =>
    declare("schedule", options),
  /** Values of one type: text, unless `items` says `"number"` or `"boolean"`. */
  list: <const Options extends OptionsOf<"list", readonly Item[]>>(options: Options) =>
    declare("list", options),
  /** Pairs of text, in order; a key may come again. */
  keyValueList: <const Options extends OptionsOf<"key-value-list", readonly Pair[]>>(options: Options) =>
    declare("key-value-list", options),
};

type PicklistOptions = Omit<DataOf<"picklist">, "options"> &
  Checked<string> &
  ({ readonly options: readonly string[] } | Fetching);

/** A declaration is data: of its functions it says that they are there. */
type Declared<Type, Options> = { type: Type; check?: "function" } & Omit<Options, "check">;
type ChoicesOf<Options> = Options extends { options: readonly (infer Option)[] } ? Option[] : "function";

function declare<const Type extends string, Options extends Checked<never>>(
  type: Type,
  { check, ...data }: Options,
): Declared<Type, Options> {
  const declaration = declared({ type, ...data, ...(check && { check: "function" as const }) }); // the contract's word
  if (check !== undefined) keepFunctions(declaration, { check });
  return declaration;
}

function declarePicklist<const Options extends PicklistOptions>(
  options: Options,
): Declared<"picklist", Omit<Options, "options">> & { options: ChoicesOf<Options> } {
  const { check, options: choices, ...data } = options;
  const declaration = declared({
    type: "picklist" as const, // what tells it from the other types
    ...data,
    options: typeof choices === "function" ? "function" : [...choices],
    ...(check && { check: "function" as const }),
  });
  keepFunctions(declaration, {
    ...(check && { check }),
    ...(typeof choices === "function" && { options: choices }),
  });
  // What a function leaves is decided by its type: TypeScript cannot follow `typeof` into the conditional type.
  return declaration as unknown as ReturnType<typeof declarePicklist<Options>>;
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
