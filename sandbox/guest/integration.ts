import { EVALUATION_FAILED_GLOBAL, INTEGRATION_GLOBAL, type StepHeader } from "../protocol.ts";
import { send, stringify } from "./bridge.ts";
import { declareConnections } from "./connections.ts";
import { renderError } from "./render-error.ts";
import { sendFailure, sendResult } from "./step.ts";

/** The bundle's default export, as far as it is one. */
type StepFunction = (context: unknown) => unknown;
type Functions = Record<string, Record<string, unknown>>;

const scope = globalThis as Record<string, unknown>; // read and cleaned by name
let integration: { definition?: unknown; functions?: unknown } | undefined;
let failure: { thrown: unknown } | undefined;

/** The bundle runs inside a `try` whose `catch` calls this, so that no thrown value ever leaves the isolate. */
scope[EVALUATION_FAILED_GLOBAL] = (thrown: unknown) => {
  failure = { thrown };
};

export function takeIntegration(): void {
  integration = scope[INTEGRATION_GLOBAL] as typeof integration; // checked where it is used
  delete scope[INTEGRATION_GLOBAL];
  delete scope[EVALUATION_FAILED_GLOBAL];
  declareConnections(integration?.definition);
  if (failure === undefined && (typeof integration !== "object" || integration === null))
    failure = { thrown: new TypeError("The bundle has no default export made by defineIntegration") };
  send("ready", failure === undefined ? "" : stringify(renderError(failure.thrown)));
}

export function findStep(header: StepHeader): StepFunction {
  const functions = (integration?.functions ?? {}) as Functions; // an absent flow or step is met below
  const found = functions[header.flowKey]?.[header.stepKey];
  if (typeof found !== "function")
    throw new TypeError(
      `The integration has no function for step "${header.stepKey}" of flow "${header.flowKey}"`,
    );
  return found as StepFunction;
}

/** Sends the declared definition, once each declared step and config variable is known to have its functions. */
export function sendDefinition(outputCharacters: number): void {
  try {
    const json = stringify(integration?.definition);
    if (json === undefined) throw new TypeError("The integration declares no definition");
    if (json.length > outputCharacters)
      throw new RangeError(`The definition has ${json.length} characters: at most ${outputCharacters}`);
    const declared = JSON.parse(json) as { flows?: unknown; config?: unknown }; // looked at with care below
    assertEachStepHasAFunction(declared);
    assertEachVariableHasItsFunctions(declared.config);
    sendResult({ outcome: "ok" }, json);
  } catch (thrown) {
    sendFailure(thrown);
  }
}

/** What a definition says of a function in place of its data (`contract/config-variable.ts`). */
function assertEachVariableHasItsFunctions(config: unknown): void {
  const functions = (integration?.functions ?? {}) as Functions; // an absent one is the error below
  for (const [key, variable] of Object.entries(Object(config) as Record<string, unknown>))
    for (const name of ["options", "check"])
      if (
        Reflect.get(Object(variable), name) === "function" &&
        typeof functions[`config:${name}`]?.[key] !== "function"
      )
        throw new TypeError(`Config variable "${key}" is declared without its function for "${name}"`);
}

interface DeclaredFlow {
  key?: unknown;
  steps?: unknown;
}

function assertEachStepHasAFunction(definition: { flows?: unknown }): void {
  const flows = Array.isArray(definition.flows) ? (definition.flows as DeclaredFlow[]) : [];
  const functions = (integration?.functions ?? {}) as Functions; // an absent one is the error below
  for (const flow of flows) {
    const steps = Array.isArray(flow.steps) ? (flow.steps as DeclaredFlow[]) : [];
    for (const step of steps)
      if (typeof functions[String(flow.key)]?.[String(step.key)] !== "function")
        throw new TypeError(
          `Step "${String(step.key)}" of flow "${String(flow.key)}" is declared without a function`,
        );
  }
}
