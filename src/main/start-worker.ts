import { fileURLToPath } from "node:url";
import { type ActivityRoom, createActivities } from "#activities/create-activities.ts";
import { createJobActivities } from "#activities/jobs/create-job-activities.ts";
import { primedFromClaim } from "#activities/primed-from-claim.ts";
import { workflowIdOf } from "#contract/ids.ts";
import { LIMITS } from "#contract/limits.ts";
import { TASK_QUEUE } from "#contract/run-flow.ts";
import type { JobActivities } from "#contract/run-job.ts";
import { listenForHints } from "#db/hints.ts";
import { checkConfig, fetchConfigOptions } from "#engine/config-functions.ts";
import { createWorker } from "#engine/create-worker.ts";
import { Dispatcher } from "#engine/dispatcher.ts";
import { deleteCustomer } from "#engine/delete-customer.ts";
import { deleteInstance } from "#engine/delete-instance.ts";
import { evaluateDefinition } from "#engine/evaluate-definition.ts";
import { cancelExecution, retryNow } from "#engine/execution-requests.ts";
import { prepareNamespace } from "#engine/prepare-namespace.ts";
import { RequestRunner } from "#engine/request-runner.ts";
import { startJob } from "#engine/start-job.ts";
import { startMaintenance } from "#engine/start-maintenance.ts";
import { startReconciler } from "#engine/start-reconciler.ts";
import { startSchedules } from "#engine/start-schedules.ts";
import { createStartInputs } from "#engine/start-inputs.ts";
import { createStartWorkflow } from "#engine/start-workflow.ts";
import { buildWorkflowBundle } from "#engine/workflow-bundle.ts";
import { createScrubber } from "#vault/create-scrubber.ts";
import { createReachPoint } from "./kill-points.ts";
import { openWorkerBase, type WorkerBase, type WorkerBaseOptions } from "./worker-base.ts";

export interface StartWorkerOptions extends WorkerBaseOptions {
  /** Of the console: histories link to it. */
  publicUrl: string;
  retentionDays: number;
  /** Histories show the beginning of outputs and authors' messages. */
  previews: boolean;
  /** Default: the one of this product. */
  taskQueue?: string;
}

export interface RunningWorker {
  dispatcher: Dispatcher;
  base: WorkerBase;
  /** Rejects when Temporal's worker fails for good. */
  ended: Promise<void>;
  stop(): Promise<void>;
}

const BUNDLE_CACHE = fileURLToPath(new URL("../../.cache/workflows/", import.meta.url));
/** Larger payloads are read by the step that asks for them. */
const PRIME_BYTES = 64 * 1024;

/** One worker: sandbox, Temporal worker, dispatcher, requests, upkeep. Resolves once it takes work. */
export async function startWorker(options: StartWorkerOptions): Promise<RunningWorker> {
  const base = await openWorkerBase(options);
  try {
    const { temporal, sandbox } = base;
    const { retentionDays, log, taskQueue = TASK_QUEUE } = options;
    for (const problem of await prepareNamespace({ ...temporal, retentionDays })) log.warn(problem);
    const { room, dispatcher } = createParts(options, base);
    const { code } = await buildWorkflowBundle({ cacheDir: BUNDLE_CACHE });
    const worker = await createWorker({
      temporal,
      taskQueue,
      identity: temporal.client.options.identity,
      workflowCode: code,
      activities: {
        ...room.activities,
        ...createJobs(options, base),
      },
      slots: sandbox.status().capacity,
    });
    const ended = worker.run();
    dispatcher.start();
    const requests = startRequests(options, base, room);
    const { db } = base;
    const reconciler = startReconciler({ db, client: temporal.client, log });
    const schedules = startSchedules({ db, hints: base.hints, log });
    const maintenance = startMaintenance({ db, log, retentionDays });
    const listener = listen(options, { dispatcher, requests, room });
    // The order matters: nothing new, then what runs, then what it runs on.
    const stop = async (): Promise<void> => {
      await listener.stop();
      const parts = [schedules, dispatcher, requests, reconciler, maintenance];
      await Promise.all(parts.map((part) => part.stop()));
      if (worker.getState() === "RUNNING") worker.shutdown();
      await ended.catch(() => {}); // told by `ended`
      await room.close();
      await base.close();
    };
    return { dispatcher, base, ended, stop };
  } catch (error) {
    await base.close();
    throw error;
  }
}

function createParts(
  options: StartWorkerOptions,
  base: WorkerBase,
): { room: ActivityRoom; dispatcher: Dispatcher } {
  const { log, publicUrl, taskQueue = TASK_QUEUE } = options;
  const { db, sandbox, hints, identity } = base;
  const { client } = base.temporal;
  const reach = createReachPoint(options.killDir);
  const changed = (executionId: string): void => hints.send("millrace_execution", executionId);
  const room = createActivities({
    db,
    sandbox,
    policy: base.policy.current,
    // No secret reaches a step yet: connections are what will bring them.
    scrubberOf: async () => createScrubber([]),
    listener: {
      changed,
      reached: (executionId) => dispatcher.reached(executionId),
      waitedForIsolate: (executionId, waitedMs) => dispatcher.waitedForIsolate(executionId, waitedMs),
      waiting: (executionId, untilMs) => dispatcher.waiting(executionId, untilMs),
      resumed: (executionId) => dispatcher.resumed(executionId),
      queued: (shard) => hints.send("millrace_queue", String(shard)),
      finished: (executionId) => {
        dispatcher.finished(executionId);
        changed(executionId);
      },
    },
    logger: log,
    now: Date.now,
    reach,
    previews: options.previews,
  });
  const dispatcher: Dispatcher = new Dispatcher({
    db,
    identity,
    log,
    inputs: createStartInputs(db),
    startWorkflow: createStartWorkflow({ client, taskQueue, publicUrl, log, eager: true }),
    cancelWorkflow: async (execution) => {
      await client.workflow.getHandle(workflowIdOf(execution)).cancel();
    },
    slots: sandbox.status().capacity,
    problem: () => sandbox.status().problem,
    primeBytes: PRIME_BYTES,
    prime: (execution, input) => room.prime(primedFromClaim(execution, input)),
    unprime: (executionId) => room.unprime(executionId),
    reach,
  });
  return { room, dispatcher };
}

/** Of the engine's functions of config variables. */
function configsOf({ db, sandbox, policy }: WorkerBase, { log }: StartWorkerOptions) {
  return { db, sandbox, policy: policy.current, now: Date.now, log };
}

function createJobs(options: StartWorkerOptions, base: WorkerBase): JobActivities {
  const { log, publicUrl } = options;
  const { db, hints } = base;
  const configs = configsOf(base, options);
  return createJobActivities({
    db,
    hints,
    log,
    publicUrl,
    checkConfig: (organizationId, input, signal) => {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(LIMITS.configFunctionMs)]);
      return checkConfig(configs, { organizationId, input, signal: limited });
    },
  });
}

function startRequests(options: StartWorkerOptions, base: WorkerBase, room: ActivityRoom): RequestRunner {
  const { log, publicUrl, taskQueue = TASK_QUEUE } = options;
  const { db, sandbox, policy, hints, temporal, identity } = base;
  const stopStep = (executionId: string): void => {
    room.stopStep(executionId);
    hints.send("millrace_cancel", executionId);
  };
  const executions = { db, client: temporal.client, stopStep };
  const configs = configsOf(base, options);
  const runner = new RequestRunner({
    db,
    workerId: identity.id,
    log,
    handlers: {
      "evaluate-definition": (request) =>
        evaluateDefinition({ db, sandbox, policy: policy.current }, request),
      "fetch-config-options": (request) => fetchConfigOptions(configs, request),
      "check-config": (request) => checkConfig(configs, request),
      "cancel-execution": (request) => cancelExecution(executions, request),
      "retry-now": (request) => retryNow(executions, request),
      "run-job": (request) => startJob({ db, client: temporal.client, taskQueue, publicUrl }, request),
      "delete-customer": (request) => deleteCustomer({ db, hints }, request),
      "delete-instance": (request) =>
        deleteInstance({ ...executions, hints, log, publicUrl, namespace: temporal.namespace }, request),
    },
    onEnded: (requestId) => hints.send("millrace_request", requestId),
  });
  runner.start();
  return runner;
}

function listen(
  { databaseUrl, log }: StartWorkerOptions,
  parts: { dispatcher: Dispatcher; requests: RequestRunner; room: ActivityRoom },
): { stop(): Promise<void> } {
  return listenForHints({
    databaseUrl,
    applicationName: "millrace-worker-listen",
    channels: ["millrace_queue", "millrace_request", "millrace_cancel"],
    onError: (error) => log.warn({ err: error }, "hints were lost; polling goes on"),
    onHint(channel, subject) {
      if (channel === "millrace_queue") parts.dispatcher.hint();
      else if (channel === "millrace_request") parts.requests.hint();
      else if (subject !== undefined) parts.room.stopStep(subject);
    },
  });
}
