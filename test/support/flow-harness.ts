import { pino } from "pino";
import { createActivities, type ActivityRoom } from "#activities/create-activities.ts";
import { createId } from "#contract/create-id.ts";
import { DEFAULT_POLICY } from "#contract/effective-permissions.ts";
import type { ExecutionListener } from "#contract/execution-listener.ts";
import { workflowIdOf } from "#contract/ids.ts";
import { type ReachPoint, reachNothing } from "#contract/kill-points.ts";
import type { FlowPlan, StepNode } from "#contract/plan.ts";
import type { PrimedExecution } from "#contract/primed-execution.ts";
import type { RunFlowInput } from "#contract/run-flow.ts";
import type { Sandbox } from "#contract/sandbox.ts";
import { connect, type Db } from "#db/connect.ts";
import { toGuestTrigger } from "#db/guest-trigger.ts";
import { findPayload } from "#db/payloads.ts";
import { createEgress } from "#egress/create-egress.ts";
import { createTemporal, installTemporalRuntime, type Temporal } from "#engine/create-temporal.ts";
import { createWorker } from "#engine/create-worker.ts";
import { createStartWorkflow } from "#engine/start-workflow.ts";
import { buildWorkflowBundle } from "#engine/workflow-bundle.ts";
import { createSandbox } from "#sandbox/host/create-sandbox.ts";
import { createScrubber } from "#vault/create-scrubber.ts";
import { seedExecution, seedOrdersFlow, type SeededFlow } from "./flow-seed.ts";
import { ONCE } from "./retry-policy.ts";
import { startUpstream, type Upstream } from "./upstream.ts";
import { waitFor } from "./wait-for.ts";

/** In payloads and answers of the tests: it must be scrubbed wherever text leaves the engine. */
export const SECRET = "s3cr3t-of-acme-4711";

export const WORKFLOW_CACHE = new URL("../../.cache/workflows-test/", import.meta.url).pathname;

export interface WorkerPartsOptions {
  databaseUrl: string;
  temporalAddress: string;
  taskQueue: string;
  reach?: ReachPoint;
  previews?: boolean;
  listener?: ExecutionListener;
  /** What the activities use; the harness's own questions pass it by. */
  wrapDb?: (db: Db) => Db;
  /** Another workflow bundle's entry. */
  entry?: string;
}

export interface WorkerParts {
  db: ReturnType<typeof connect>["db"];
  room: ActivityRoom;
  sandbox: Sandbox;
  temporal: Temporal;
  stop(): Promise<void>;
}

let hasRuntime = false;

/** Temporal's runtime without its chatter; one per process. */
export function installQuietRuntime(): void {
  if (!hasRuntime) installTemporalRuntime(pino({ level: "silent" }));
  hasRuntime = true;
}

/** A worker as it is composed for real, but for the dispatcher. */
export async function startWorkerParts(options: WorkerPartsOptions): Promise<WorkerParts> {
  const egress = createEgress();
  const connection = connect({
    databaseUrl: options.databaseUrl,
    maxConnections: 5,
    applicationName: "test-worker",
    onError: () => {},
  });
  const log = pino({ level: "silent" });
  installQuietRuntime();
  const sandbox = await createSandbox({ fetch: egress.fetch, maxCells: 2 });
  const temporal = await createTemporal({
    address: options.temporalAddress,
    namespace: "default",
    env: {},
    identity: "test",
    log,
  });
  const nothing: ExecutionListener = {
    changed() {},
    reached() {},
    waitedForIsolate() {},
    waiting() {},
    resumed() {},
    queued() {},
    finished() {},
  };
  const room = createActivities({
    db: options.wrapDb?.(connection.db) ?? connection.db,
    sandbox,
    policy: () => DEFAULT_POLICY,
    scrubberOf: () => Promise.resolve(createScrubber([SECRET])),
    listener: options.listener ?? nothing,
    logger: log,
    now: Date.now,
    reach: options.reach ?? reachNothing,
    previews: options.previews ?? true,
  });
  const { code } = await buildWorkflowBundle({
    cacheDir: options.entry === undefined ? WORKFLOW_CACHE : `${WORKFLOW_CACHE}other`,
    ...(options.entry === undefined ? {} : { entry: options.entry }),
  });
  const worker = await createWorker({
    temporal,
    taskQueue: options.taskQueue,
    identity: "test",
    workflowCode: code,
    activities: room.activities,
    slots: 20,
  });
  const running = worker.run();
  return {
    db: connection.db,
    room,
    sandbox,
    temporal,
    async stop() {
      worker.shutdown();
      await running;
      await room.close();
      await sandbox.stop();
      await egress.stop();
      await temporal.close();
      await connection.close();
    },
  };
}

export interface FlowOptions {
  steps?: StepNode[];
  retry?: Partial<FlowPlan["retry"]>;
  /** As the dispatcher does. Default true. */
  prime?: boolean;
  /** The payload too. */
  primeTrigger?: boolean;
  body?: object;
  /** Of another worker than the harness's own. */
  taskQueue?: string;
}

export interface StartedFlow {
  input: RunFlowInput;
  executionId: string;
  workflowId: string;
  runId: string;
}

export class FlowHarness {
  readonly parts: WorkerParts;
  readonly upstream: Upstream;
  readonly flow: SeededFlow;
  readonly #taskQueue: string;

  private constructor(parts: WorkerParts, upstream: Upstream, rest: { flow: SeededFlow; taskQueue: string }) {
    this.parts = parts;
    this.upstream = upstream;
    this.flow = rest.flow;
    this.#taskQueue = rest.taskQueue;
  }

  static async start(options: WorkerPartsOptions): Promise<FlowHarness> {
    const parts = await startWorkerParts(options);
    const { taskQueue } = options;
    return new FlowHarness(parts, await startUpstream(), { flow: await seedOrdersFlow(parts.db), taskQueue });
  }

  get client() {
    return this.parts.temporal.client;
  }

  async start(options: FlowOptions = {}): Promise<StartedFlow> {
    const { db, room } = this.parts;
    const body = options.body ?? { upstream: this.upstream.url, marker: "order-4711" };
    const executionId = await seedExecution(db, this.flow, body);
    const input = this.inputOf(executionId, options);
    if (options.prime ?? true) room.prime(await this.#primed(input, options));
    const start = createStartWorkflow({
      client: this.client,
      taskQueue: options.taskQueue ?? this.#taskQueue,
      publicUrl: "http://127.0.0.1",
      log: pino({ level: "silent" }),
      eager: true,
    });
    const outcome = await start(input, null);
    if (outcome.type !== "started") throw new Error(`not started: ${JSON.stringify(outcome)}`);
    await db
      .updateTable("executions")
      .set({ run_id: outcome.runId })
      .where("id", "=", executionId)
      .where("run_id", "is", null)
      .execute();
    return { input, executionId, workflowId: workflowIdOf(input), runId: outcome.runId };
  }

  async #primed(input: RunFlowInput, options: FlowOptions): Promise<PrimedExecution> {
    const { executionId, startToken } = input;
    const primed = { ...this.flow, executionId, startToken, generation: 1, hasEarlierResults: false };
    if (options.primeTrigger !== true) return primed;
    const payload = await findPayload(this.parts.db, executionId);
    if (payload === undefined) throw new Error("the seed stores a payload");
    const about = { kind: "webhook", receivedAtMs: Date.now() } as const;
    return { ...primed, loadTrigger: () => toGuestTrigger(payload, about) };
  }

  inputOf(executionId: string, options: FlowOptions): RunFlowInput {
    const { flow } = this;
    return {
      ...flow,
      executionId,
      trigger: "webhook",
      labels: { integration: "orders", version: 1, flow: "orders", customer: "Acme" },
      plan: planOf(options),
      startToken: createId(),
    };
  }

  async execution(executionId: string) {
    return this.parts.db
      .selectFrom("executions")
      .selectAll()
      .where("id", "=", executionId)
      .executeTakeFirstOrThrow();
  }

  /** Waits until the execution is in this state. */
  async reaches(executionId: string, state: string, timeoutMs = 15_000) {
    return waitFor(
      async () => {
        const row = await this.execution(executionId);
        return row.state === state ? row : undefined;
      },
      { what: `execution ${executionId} is ${state}`, timeoutMs },
    );
  }

  async steps(executionId: string) {
    return this.parts.db
      .selectFrom("step_results")
      .selectAll()
      .where("execution_id", "=", executionId)
      .orderBy("generation")
      .orderBy("seq")
      .orderBy("step_attempt")
      .execute();
  }

  isQueued(executionId: string): Promise<boolean> {
    return this.parts.db
      .selectFrom("queue")
      .select("execution_id")
      .where("execution_id", "=", executionId)
      .executeTakeFirst()
      .then((row) => row !== undefined);
  }

  async history(workflowId: string, runId?: string) {
    return this.client.workflow.getHandle(workflowId, runId).fetchHistory();
  }

  async stop(): Promise<void> {
    await this.parts.stop();
    await this.upstream.stop();
  }
}

export function step(key: string, options: Partial<StepNode> = {}): StepNode {
  return { type: "step", path: key, key, name: `Step ${key}`, timeoutMs: 10_000, retry: ONCE, ...options };
}

function planOf(options: FlowOptions): FlowPlan {
  const children = options.steps ?? [step("parse"), step("post"), step("notify")];
  return {
    format: 1,
    root: { type: "sequence", path: "", children },
    retry: { ...ONCE, from: "failed-step", ...options.retry },
  };
}
