/** What the tests of an integration's author import from "millrace/testing". */
export { recordedFetch } from "./recorded-fetch.ts";
export { testCheck, testOptions } from "./test-config.ts";
export type { TestConfigOptions } from "./test-config.ts";
export { testFlow } from "./test-flow.ts";
export type {
  FlowResult,
  LocalError,
  LocalFetch,
  LocalLogLine,
  SeenRequest,
  StartedFlow,
  TestFlowOptions,
  TriggerInput,
} from "./test-flow.ts";
