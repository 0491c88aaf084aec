/** What Temporal's worker finds by name: each export is a workflow type. */
export { runFlow } from "./run-flow.ts";
export { runJob } from "./run-job.ts";
