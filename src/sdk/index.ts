/**
 * What the author of an integration imports from "millrace". Bundled into the integration and evaluated in an
 * isolate: small, no Node built-ins, nothing that runs at import.
 */
export { config } from "./config.ts";
export type { ConfigDeclarations, ConfigValues } from "./config.ts";
export { connection } from "./connection.ts";
export { defineIntegration } from "./define-integration.ts";
export type {
  FlowBuilder,
  FlowOptions,
  Integration,
  IntegrationOptions,
  StepOptions,
} from "./define-integration.ts";
export { FatalError, RetryableError } from "./errors.ts";
export type { Serialized } from "./serialized.ts";
export type { Log, StepContext, StepFetch, StepFetchInit, StepFunction, Trigger } from "./step-context.ts";
export { webhook } from "./webhook.ts";
