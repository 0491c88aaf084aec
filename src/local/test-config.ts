import {
  CONFIG_FUNCTIONS,
  type ConfigChoice,
  type ConfigFunction,
  parseCheckAnswer,
  parseChoices,
} from "#contract/config-functions.ts";
import { checkConfigValues, setValues } from "#contract/config-values.ts";
import { type Definition, type FlowDefinition, flowRetrySchema, stepSchema } from "#contract/definition.ts";
import { EngineError } from "#contract/errors.ts";
import type { JsonObject } from "#contract/json.ts";
import { LIMITS } from "#contract/limits.ts";
import type { ConfigValues } from "#sdk/config.ts";
import type { Integration } from "#sdk/define-integration.ts";
import type { LocalFetch } from "./local-fetch.ts";
import { createTrigger } from "./local-trigger.ts";
import { runFlow } from "./run-flow.ts";
import { loadIntegration, refuseRequest, unfit } from "./test-flow.ts";

export interface TestConfigOptions<Config> {
  /** The values so far; what is left out has its default. */
  config?: { [Key in keyof ConfigValues<Config>]?: ConfigValues<Config>[Key] };
  /** Answers what the function fetches. Left out, each request fails. */
  fetch?: LocalFetch;
}

/**
 * The choices of a picklist whose `options` is a function, as an instance with these values would be offered them.
 *
 * @throws EngineError `step/config-failed` with what the function threw, or where it returned no choices
 */
export async function testOptions<Config, Accounts>(
  integration: Integration<Config, Accounts>,
  variable: string & keyof Config,
  options: TestConfigOptions<Config> = {},
): Promise<ConfigChoice[]> {
  const parsed = parseChoices(await callFunction(integration, { function: "options", variable, options }));
  if ("choices" in parsed) return parsed.choices;
  throw failed(variable, `what it returned is no list of choices: ${parsed.problem}`);
}

/**
 * What the `check` of a variable says of its value among these: undefined where it takes it.
 *
 * @throws EngineError `step/config-failed` with what the check threw, or where it returned neither true nor a text
 */
export async function testCheck<Config, Accounts>(
  integration: Integration<Config, Accounts>,
  variable: string & keyof Config,
  options: TestConfigOptions<Config>,
): Promise<string | undefined> {
  const answer = parseCheckAnswer(await callFunction(integration, { function: "check", variable, options }));
  if (answer === null) throw failed(variable, "it returned neither true nor what is wrong with the value");
  return answer;
}

interface Call<Config> {
  function: ConfigFunction;
  variable: string;
  options: TestConfigOptions<Config>;
}

/** As the flow of one step that it is to the runtime. */
async function callFunction<Config, Accounts>(
  integration: Integration<Config, Accounts>,
  { function: which, variable, options }: Call<Config>,
): Promise<string> {
  const { bundle, definition } = await loadIntegration(integration);
  const config = valuesOf(definition, { ...options.config });
  const flow = flowOf(CONFIG_FUNCTIONS[which], variable);
  const { steps, error } = await runFlow({
    bundle,
    definition: { ...definition, flows: [flow] },
    flowKey: flow.key,
    trigger: createTrigger({ payload: config, kind: "config" }),
    config,
    fetch: options.fetch ?? refuseRequest,
  });
  if (error === undefined) return steps[0]?.outputJson ?? "null";
  throw failed(variable, `${error.name}: ${error.message}`, error);
}

function flowOf(key: string, variable: string): FlowDefinition {
  const step = stepSchema.parse({ type: "step", key: variable, timeoutMs: LIMITS.configFunctionMs });
  return { key, trigger: { type: "call" }, retry: flowRetrySchema.parse({}), steps: [step] };
}

function valuesOf(definition: Definition, values: JsonObject): JsonObject {
  const problems = checkConfigValues(definition, values);
  if (problems.length > 0) throw unfit(problems);
  return setValues(definition, values);
}

function failed(variable: string, why: string, cause?: unknown): EngineError {
  return new EngineError(
    "step/config-failed",
    `The function of config variable "${variable}" failed: ${why}`,
    { cause },
  );
}
