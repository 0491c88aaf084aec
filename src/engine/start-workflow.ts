import type { Client, WorkflowOptions } from "@temporalio/client";
import { defineSearchAttributeKey, type SearchAttributePair } from "@temporalio/common";
import type { Logger } from "pino";
import { workflowIdOf } from "#contract/ids.ts";
import { RUN_FLOW, type RunFlowInput, type SEARCH_ATTRIBUTES } from "#contract/run-flow.ts";
import { classifyTemporalFailure, type TemporalFailure } from "./temporal-failure.ts";

/** `already-started` counts as started: a crash between claim and mark is met by starting again. */
export type StartOutcome = { type: "started"; runId: string; eager: boolean } | TemporalFailure;

export interface StartWorkflowOptions {
  client: Client;
  taskQueue: string;
  /** Of the console: the history links to the execution's page. */
  publicUrl: string;
  log: Logger;
  /** Client and worker share one connection in this process; without a worker an eager start throws. */
  eager: boolean;
}

/** A dead worker is noticed when the workflow task that holds its local activities runs out. */
const TASK_TIMEOUT_MS = 5_000;
const RPC_TIMEOUT_MS = 5_000;

export type StartWorkflow = (input: RunFlowInput, replayOf: string | null) => Promise<StartOutcome>;

export function createStartWorkflow(options: StartWorkflowOptions): StartWorkflow {
  const { client, log } = options;
  let hasSearchAttributes = true;

  const start = async (input: RunFlowInput, attributes: SearchAttributePair[]): Promise<StartOutcome> => {
    try {
      const handle = await client.withDeadline(Date.now() + RPC_TIMEOUT_MS, () =>
        client.workflow.start(RUN_FLOW, {
          ...optionsOf(input, options),
          args: [input],
          ...(attributes.length > 0 ? { typedSearchAttributes: attributes } : {}),
        }),
      );
      return { type: "started", runId: handle.firstExecutionRunId, eager: handle.eagerlyStarted };
    } catch (error) {
      const failure = classifyTemporalFailure(error);
      if (failure === undefined) throw error;
      return failure;
    }
  };

  return async (input, replayOf) => {
    if (!hasSearchAttributes) return start(input, []);
    const outcome = await start(input, attributesOf(input, replayOf));
    if (outcome.type !== "refused" || !/search attribute/i.test(outcome.message)) return outcome;
    // Where they may not be registered (Temporal Cloud's console does it), executions run without them.
    const without = await start(input, []);
    if (without.type === "started") {
      hasSearchAttributes = false;
      log.warn(
        { problem: outcome.message },
        "workflows start without search attributes: register them in the namespace and restart the worker",
      );
    }
    return without;
  };
}

function optionsOf(
  input: RunFlowInput,
  options: StartWorkflowOptions,
): Omit<WorkflowOptions, "args"> & { requestEagerStart: boolean; workflowId: string; taskQueue: string } {
  const { integration, version, flow, customer, test, draft } = input.labels;
  const marks = [draft && "draft", test && "test"].filter((mark) => mark !== undefined);
  return {
    workflowId: workflowIdOf(input),
    taskQueue: options.taskQueue,
    workflowIdReusePolicy: "REJECT_DUPLICATE",
    workflowIdConflictPolicy: "FAIL",
    workflowTaskTimeout: TASK_TIMEOUT_MS,
    requestEagerStart: options.eager,
    staticSummary: `${integration} v${version} / ${flow} / ${plain(customer)}${marks.length > 0 ? ` (${marks.join(", ")})` : ""}`,
    staticDetails: detailsOf(input, options.publicUrl),
    memo: { executionId: input.executionId, revisionId: input.revisionId },
  };
}

function detailsOf(input: RunFlowInput, publicUrl: string): string {
  const { integration, version, flow, customer, test, draft } = input.labels;
  const marked = `${draft === true ? " It runs a draft that was never deployed." : ""}${test === true ? " It is a test." : ""}`;
  return [
    `**[Open this execution in Millrace](${publicUrl}/executions/${input.executionId})**`,
    "",
    `Customer ${plain(customer)}, ${integration} version ${version}, flow ${flow}, started by ${input.trigger}.${marked}`,
    "Inputs, outputs and logs are kept there; this history holds the control flow only.",
  ].join("\n");
}

/** A customer's name is free text: it may not become Markdown. */
function plain(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]()<>#|!\n\r]/g, " ").trim();
}

type AttributeName = (typeof SEARCH_ATTRIBUTES)[number];

function attributesOf(input: RunFlowInput, replayOf: string | null): SearchAttributePair[] {
  const { integration, version, flow, customer } = input.labels;
  const values: Partial<Record<AttributeName, string>> = {
    Customer: customer,
    Integration: integration,
    Version: String(version),
    Flow: flow,
    InstanceId: input.instanceId,
    ExecutionId: input.executionId,
    TriggerKind: input.trigger,
    ...(replayOf === null ? {} : { ReplayOf: replayOf }),
  };
  return Object.entries(values).map(([name, value]) => ({
    key: defineSearchAttributeKey(name, "KEYWORD"),
    value,
  }));
}
