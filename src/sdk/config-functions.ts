import type { CONFIG_FUNCTIONS } from "#contract/config-functions.ts";
import type { Permissions } from "./permissions.ts";
import type { Log, StepContext, StepFetch } from "./step-context.ts";

/** A value of a config variable, of whatever type. */
export type ConfigValue =
  | string
  | number
  | boolean
  | readonly (string | number | boolean)[]
  | readonly { readonly key: string; readonly value: string }[];

/**
 * What a function of a config variable is given. `config` has the values so far, those of the draft included; what has
 * neither a value nor a default is undefined. An author who knows their types may name them:
 * `({ config }: ConfigContext<{ region?: "eu" | "us" }>) => …`.
 */
export interface ConfigContext<Values = { readonly [key: string]: ConfigValue | undefined }> {
  readonly config: Values;
  /** Within what the instance has been granted. */
  readonly fetch: StepFetch;
  readonly permissions: Permissions;
  readonly log: Log;
}

/** Text, or a value with the words that people choose it by. */
export type Choice = string | { readonly value: string; readonly label?: string };

/** `true`, or what is wrong: a sentence for whoever gave the value. */
export type CheckAnswer = true | string;

// Methods, so that an author may name narrower types of the values.
export interface Checked<Value> {
  /** Looks at each value that is given, after its type was checked: when it is saved, and when it is deployed. */
  check?(value: Value, context: ConfigContext): CheckAnswer | Promise<CheckAnswer>;
}
export interface Fetching {
  /** The choices for an instance, when somebody configures it. */
  options(context: ConfigContext): readonly Choice[] | Promise<readonly Choice[]>;
}

type Run = (context: StepContext) => unknown;
/** By variable. */
export type ConfigFunctions = Partial<
  Record<(typeof CONFIG_FUNCTIONS)[keyof typeof CONFIG_FUNCTIONS], Readonly<Record<string, Run>>>
>;

/** Where a declaration keeps its functions, apart from its data. */
const FUNCTIONS = Symbol.for("millrace.config-functions");
interface Kept {
  options?: Fetching["options"];
  check?: NonNullable<Checked<never>["check"]>;
}

export function keepFunctions(declaration: object, functions: Kept): void {
  Reflect.defineProperty(declaration, FUNCTIONS, { value: functions });
}

/** The functions of all declarations, to be called as steps are. */
export function collectFunctions(declarations: Readonly<Record<string, object>> = {}): ConfigFunctions {
  const options: Record<string, Run> = {};
  const check: Record<string, Run> = {};
  for (const [key, declaration] of Object.entries(declarations)) {
    const kept = Reflect.get(declaration, FUNCTIONS) as Kept | undefined; // `keepFunctions` alone has the symbol
    const { options: fetchOptions, check: checkValue } = kept ?? {};
    if (fetchOptions !== undefined) options[key] = (context) => fetchOptions(contextOf(context));
    if (checkValue !== undefined)
      check[key] = (context) => checkValue(valueOf(context, key), contextOf(context));
  }
  return {
    ...(Object.keys(options).length > 0 && { "config:options": options }),
    ...(Object.keys(check).length > 0 && { "config:check": check }),
  };
}

function valueOf({ trigger }: StepContext, key: string): never {
  const values = trigger.body.json() as Record<string, unknown>; // the engine's: all values, by variable
  return values[key] as never; // of the variable's type, which was checked before
}

function contextOf({ config, fetch, permissions, log }: StepContext): ConfigContext {
  const values = config as ConfigContext["config"]; // of this integration's variables, which no type here knows
  return { config: values, fetch, permissions, log };
}
