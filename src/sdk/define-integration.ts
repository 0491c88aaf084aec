import type { DefinitionInput } from "#contract/definition.ts";
import type { ConfigDeclarations } from "./config.ts";
import { collectFunctions } from "./config-functions.ts";
import type { ConnectionDeclarations } from "./connection.ts";
import { declared } from "./declared.ts";
import type { Serialized } from "./serialized.ts";
import type { StepContext, StepFunction } from "./step-context.ts";

type FlowInput = DefinitionInput["flows"][number];
type StepInput = FlowInput["steps"][number];
type AnyStep = (context: StepContext) => unknown;
// oxlint-disable-next-line typescript/no-generated-empty-object-type -- an integration without config: reading any key is an error
type Nothing = Record<never, never>;
type Functions = Readonly<Record<string, AnyStep>>;

export type IntegrationOptions<Config, Accounts = object> = Omit<
  DefinitionInput,
  "format" | "flows" | "config" | "connections"
> & {
  config?: Config;
  connections?: Accounts;
};

export type FlowOptions = Omit<FlowInput, "key" | "steps">;
export type StepOptions = Omit<StepInput, "type" | "key">;

/** Where the integration was defined, by the stack of an error: `testFlow` finds the source file by it. */
const ORIGIN = Symbol.for("millrace.origin");

/** An integration: its definition as data, and its functions. Each `flow` makes a new one; none is ever changed. */
export interface Integration<Config, Accounts = object> {
  readonly definition: DefinitionInput;
  /** By flow's key, then step's key; those of config variables under names of their own (`config-functions.ts`). */
  readonly functions: Readonly<Record<string, Functions>>;
  flow<Steps>(
    key: string,
    options: FlowOptions,
    build: (flow: FlowBuilder<Config, object, Accounts>) => FlowBuilder<Config, Steps, Accounts>,
  ): Integration<Config, Accounts>;
}

/** A flow's steps so far; `Steps` has the output of each. */
export interface FlowBuilder<Config, Steps, Accounts = object> {
  readonly steps: readonly StepInput[];
  readonly functions: Functions;
  step<Key extends string, Output>(
    key: NewKey<Key, Steps>,
    run: StepFunction<Config, Steps, Output, Accounts>,
  ): FlowBuilder<Config, Steps & Record<Key, Serialized<Awaited<Output>>>, Accounts>;
  step<Key extends string, Output>(
    key: NewKey<Key, Steps>,
    options: StepOptions,
    run: StepFunction<Config, Steps, Output, Accounts>,
  ): FlowBuilder<Config, Steps & Record<Key, Serialized<Awaited<Output>>>, Accounts>;
}

/** A key that no earlier step of the flow has. */
type NewKey<Key extends string, Steps> = Key extends keyof Steps
  ? `Step "${Key}" is defined already in this flow`
  : Key;

/**
 * Begins an integration. Export it as the module's default:
 * `export default defineIntegration({ key, name }).flow("push", { trigger: webhook() }, (flow) => flow.step(…))`.
 */
export function defineIntegration<
  const Config extends ConfigDeclarations = Nothing,
  const Accounts extends ConnectionDeclarations = Nothing,
>(options: IntegrationOptions<Config, Accounts>): Integration<Config, Accounts> {
  const origin = new Error("defined here");
  const functions = { ...collectFunctions(options.config) };
  return integrationOf(declared({ format: 1 as const, ...options, flows: [] }), { functions, origin });
}

function integrationOf<Config, Accounts>(
  definition: DefinitionInput,
  { functions, origin }: { functions: Readonly<Record<string, Functions>>; origin: Error },
): Integration<Config, Accounts> {
  const integration: Integration<Config, Accounts> = {
    definition: Object.freeze(definition),
    functions: Object.freeze(functions),
    flow(key, options, build) {
      if (Object.hasOwn(functions, key)) {
        throw new TypeError(
          `Flow "${key}" is defined twice in integration "${definition.key}"; give one of them another key`,
        );
      }
      const flow = build(flowOf(key, [], {}));
      const declaredFlow = declared({ ...options, key, steps: [...flow.steps] });
      return integrationOf(
        { ...definition, flows: [...definition.flows, declaredFlow] },
        { functions: { ...functions, [key]: flow.functions }, origin },
      );
    },
  };
  Reflect.defineProperty(integration, ORIGIN, { value: origin });
  return Object.freeze(integration);
}

function flowOf<Config, Steps, Accounts>(
  flowKey: string,
  steps: readonly StepInput[],
  functions: Functions,
): FlowBuilder<Config, Steps, Accounts> {
  return Object.freeze({
    steps: Object.freeze(steps),
    functions: Object.freeze(functions),
    step(key: string, ...rest: [StepOptions, AnyStep] | [AnyStep]) {
      const [options, run] = rest.length === 1 ? [{}, rest[0]] : rest;
      if (Object.hasOwn(functions, key)) {
        throw new TypeError(
          `Step "${key}" is defined twice in flow "${flowKey}"; give one of them another key`,
        );
      }
      if (typeof run !== "function") {
        throw new TypeError(
          `Step "${key}" of flow "${flowKey}" has no function; pass it as the last argument`,
        );
      }
      const step = declared({ ...options, type: "step" as const, key });
      return flowOf(flowKey, [...steps, step], { ...functions, [key]: run });
    },
  }) as FlowBuilder<Config, Steps, Accounts>; // overloads cannot be inferred from one implementation
}
