import type { DefinitionInput } from "#contract/definition.ts";
import { declared } from "./declared.ts";

type Declaration = NonNullable<DefinitionInput["config"]>[string];
type OptionsOf<Type extends Declaration["type"]> = Omit<Extract<Declaration, { type: Type }>, "type">;

/** The config variables of an integration, by key. */
export type ConfigDeclarations = Record<string, Declaration>;

/**
 * What a customer fills in, in the order of its declaration. `required` is true unless it says otherwise; a variable
 * that is not required and has no default may be undefined in a step.
 */
export const config = {
  string: <const Options extends OptionsOf<"string">>(options: Options) => declare("string", options),
  number: <const Options extends OptionsOf<"number">>(options: Options) => declare("number", options),
  boolean: <const Options extends OptionsOf<"boolean">>(options: Options) => declare("boolean", options),
  /** One of `options`. */
  picklist: <const Options extends PicklistOptions>(options: Options) =>
    declare("picklist", { ...options, options: [...options.options] as Mutable<Options["options"]> }), // the contract's array is not read-only
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
      : string;

type Missing<Variable> = Variable extends { required: false }
  ? Variable extends { default: string | number | boolean }
    ? never
    : undefined
  : never;
