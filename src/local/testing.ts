/** What the tests of an integration's author import from "millrace/testing". */
export { recordedFetch } from "./recorded-fetch.ts";
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
