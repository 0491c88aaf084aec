import type { DefinitionInput } from "#contract/definition.ts";
import type { ConfigDeclarations } from "./config.ts";
import type { Serialized } from "./serialized.ts";
import type { StepContext, StepFunction } from "./step-context.ts";

type FlowInput = DefinitionInput["flows"][number];
type StepInput = FlowInput["steps"][number];
type AnyStep = (context: StepContext) => unknown;
// oxlint-disable-next-line typescript/no-generated-empty-object-type -- an integration without config: reading any key is an error
type Nothing = Record<never, never>;
type Functions = Readonly<Record<string, AnyStep>>;

export type IntegrationOptions<Config> = Omit<DefinitionInput, "format" | "flows" | "config"> & {
  config?: Config;
};

export type FlowOptions = Omit<FlowInput, "key" | "steps">;
export type StepOptions = Omit<StepInput, "type" | "key">;

/** An integration: its definition as data, and its functions. Each `flow` makes a new one; none is ever changed. */
export interface Integration<Config> {
  readonly definition: DefinitionInput;
  /** By flow's key, then step's key. */
  readonly functions: Readonly<Record<string, Functions>>;
  flow<Steps>(
    key: string,
    options: FlowOptions,
    build: (flow: FlowBuilder<Config, object>) => FlowBuilder<Config, Steps>,
  ): Integration<Config>;
}

/** A flow's steps so far; `Steps` has the output of each. */
export interface FlowBuilder<Config, Steps> {
  readonly steps: readonly StepInput[];
  readonly functions: Functions;
  step<Key extends string, Output>(
    key: Key,
    run: StepFunction<Config, Steps, Output>,
  ): FlowBuilder<Config, Steps & Record<Key, Serialized<Awaited<Output>>>>;
  step<Key extends string, Output>(
    key: Key,
    options: StepOptions,
    run: StepFunction<Config, Steps, Output>,
  ): FlowBuilder<Config, Steps & Record<Key, Serialized<Awaited<Output>>>>;
}

/**
 * Begins an integration. Export it as the module's default:
 * `export default defineIntegration({ key, name }).flow("push", { trigger: webhook() }, (flow) => flow.step(…))`.
 */
export function defineIntegration<const Config extends ConfigDeclarations = Nothing>(
  options: IntegrationOptions<Config>,
): Integration<Config> {
  return integrationOf({ format: 1, ...options, flows: [] }, {});
}

function integrationOf<Config>(
  definition: DefinitionInput,
  functions: Readonly<Record<string, Functions>>,
): Integration<Config> {
  return Object.freeze({
    definition: Object.freeze(definition),
    functions: Object.freeze(functions),
    flow(key, options, build) {
      if (Object.hasOwn(functions, key)) {
        throw new TypeError(
          `Flow "${key}" is defined twice in integration "${definition.key}"; give one of them another key`,
        );
      }
      const flow = build(flowOf(key, [], {}));
      return integrationOf(
        { ...definition, flows: [...definition.flows, { ...options, key, steps: [...flow.steps] }] },
        { ...functions, [key]: flow.functions },
      );
    },
  } satisfies Integration<Config>);
}

function flowOf<Config, Steps>(
  flowKey: string,
  steps: readonly StepInput[],
  functions: Functions,
): FlowBuilder<Config, Steps> {
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
      return flowOf(flowKey, [...steps, { ...options, type: "step", key }], { ...functions, [key]: run });
    },
  }) as FlowBuilder<Config, Steps>; // overloads cannot be inferred from one implementation
}
