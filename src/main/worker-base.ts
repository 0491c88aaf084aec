import { hostname } from "node:os";
import type { Logger } from "pino";
import { createId } from "#contract/create-id.ts";
import type { Sandbox } from "#contract/sandbox.ts";
import { connect, type Db } from "#db/connect.ts";
import { createHintSender, type HintSender } from "#db/hints.ts";
import type { ProcessIdentity } from "#db/processes.ts";
import type { EgressConfig } from "#config";
import type { EgressFetch } from "#contract/egress.ts";
import { createTemporal, type Temporal } from "#engine/create-temporal.ts";
import { createSandbox } from "#sandbox/host/create-sandbox.ts";
import { createCellKiller } from "./kill-points.ts";
import { openEgress } from "./open-egress.ts";
import { openPolicy, type Policy } from "./open-policy.ts";
import { VERSION } from "./version.ts";

export interface WorkerBaseOptions {
  databaseUrl: string;
  temporalAddress: string | undefined;
  temporalNamespace: string;
  temporalEnv: Record<string, string>;
  sandboxCells: number;
  /** Executions that may be in the sandbox at once, in all cells. */
  sandboxParked: number;
  egress: EgressConfig;
  /** The operator's policy, JSON. */
  policyFile: string | undefined;
  killDir: string | undefined;
  log: Logger;
}

/** What all parts of a worker stand on: closed once they have stopped. */
export interface WorkerBase {
  identity: ProcessIdentity;
  db: Db;
  temporal: Temporal;
  sandbox: Sandbox;
  policy: Policy;
  hints: HintSender;
  close(): Promise<void>;
}

const CONNECTIONS = 10;

/** Opens everything, or nothing. */
export async function openWorkerBase(options: WorkerBaseOptions): Promise<WorkerBase> {
  const { databaseUrl, log } = options;
  const onError = (error: Error): void => log.warn({ err: error }, "a connection to Postgres was lost");
  const applicationName = "millrace-worker";
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const closeOne of closers.toReversed()) await closeOne();
  };
  try {
    const connection = connect({ databaseUrl, maxConnections: CONNECTIONS, applicationName, onError });
    closers.push(connection.close);
    const hints = createHintSender({ databaseUrl, applicationName: `${applicationName}-hints`, onError });
    closers.push(() => hints.stop());
    const identity = identityOfThisProcess();
    const temporal = await createTemporal({
      address: options.temporalAddress,
      namespace: options.temporalNamespace,
      env: options.temporalEnv,
      identity: `millrace-worker ${identity.pid}@${identity.host}`,
      log,
    });
    closers.push(temporal.close);
    const policy = await openPolicy({ file: options.policyFile, log });
    const egress = await openEgress(options.egress);
    closers.push(() => egress.stop());
    const sandbox = await openSandbox(options, egress.fetch);
    closers.push(() => sandbox.stop());
    return { identity, db: connection.db, temporal, sandbox, policy, hints, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function identityOfThisProcess(): ProcessIdentity {
  return { id: createId(), kind: "worker", host: hostname(), pid: process.pid, version: VERSION };
}

function openSandbox(
  { sandboxCells, sandboxParked, killDir, log }: WorkerBaseOptions,
  fetch: EgressFetch,
): Promise<Sandbox> {
  const killCellDuringStep = createCellKiller(killDir);
  return createSandbox({
    fetch,
    maxCells: sandboxCells,
    maxParked: sandboxParked,
    onCellEnded: ({ reason, stderr, ...cell }) => {
      if (reason === "recycled" || reason === "stopped")
        log.debug({ ...cell, reason }, "a cell was replaced");
      else log.warn({ ...cell, reason, stderr }, "a cell was ended for what ran in it");
    },
    onCacheRejected: (what) => log.warn({ what }, "V8 could not use a code cache: it is made anew"),
    ...(killCellDuringStep === undefined ? {} : { killCellDuringStep }),
  });
}
