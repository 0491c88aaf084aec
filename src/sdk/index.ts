/**
 * What the author of an integration imports from "millrace". Bundled into the integration and evaluated in an
 * isolate: small, no Node built-ins, nothing that runs at import.
 */
export { onCall } from "./call.ts";
export { config } from "./config.ts";
export type { ConfigDeclarations, ConfigValues } from "./config.ts";
export type { CheckAnswer, Choice, ConfigContext, ConfigValue } from "./config-functions.ts";
export { connection } from "./connection.ts";
export type { Connection, ConnectionDeclarations, Connections } from "./connection.ts";
export { defineIntegration } from "./define-integration.ts";
export type {
  FlowBuilder,
  FlowOptions,
  Integration,
  IntegrationOptions,
  StepOptions,
} from "./define-integration.ts";
export { onDelete, onDeploy } from "./deploy.ts";
export { BodyError, FatalError, RetryableError } from "./errors.ts";
export type { Flows } from "./flows.ts";
export type { PermissionDescriptor, Permissions, PermissionStatus } from "./permissions.ts";
export type { FlowReply } from "#contract/flow-reply.ts";
export { reply } from "./reply.ts";
export type { ReplyOptions } from "./reply.ts";
export { cron, every } from "./schedule.ts";
export type { FromConfig, ScheduleOptions } from "./schedule.ts";
export type { Serialized } from "./serialized.ts";
export type {
  FormPart,
  Log,
  StepContext,
  StepFetch,
  StepFetchInit,
  StepFunction,
  Trigger,
  TriggerBody,
  XmlElement,
} from "./step-context.ts";
export type { State, StateStore } from "./state.ts";
export { webhook } from "./webhook.ts";
