import type { PermissionPolicy } from "#contract/effective-permissions.ts";
import { EngineError } from "#contract/errors.ts";
import type { ExecutionIdentity } from "#contract/primed-execution.ts";
import type { SessionOptions } from "#contract/sandbox.ts";
import type { Db } from "#db/connect.ts";
import { findBundle, findFlowCode, type FlowCode } from "#db/flow-code.ts";
import { BoundedMap } from "#vault/bounded-map.ts";
import { StepPermissions } from "./step-permissions.ts";

/** A revision is some kB (its config), a bundle up to 5 MB; the sandbox keeps what its cells use. */
const REVISIONS_KEPT = 2_000;

/**
 * What running a revision takes, kept by its id: revisions, versions and bundles never change. A failed read is not
 * kept.
 */
export class FlowCodes {
  readonly #db: Db;
  readonly #permissions: StepPermissions;
  readonly #kept = new BoundedMap<string, Promise<FlowCode>>(REVISIONS_KEPT);

  constructor(db: Db, policy: () => PermissionPolicy) {
    this.#db = db;
    this.#permissions = new StepPermissions(policy);
  }

  get(revisionId: string): Promise<FlowCode> {
    const kept = this.#kept.get(revisionId);
    if (kept !== undefined) return kept;
    const reading = this.#read(revisionId);
    this.#kept.set(revisionId, reading);
    reading.catch(() => this.#kept.delete(revisionId)); // the caller gets the same rejection
    return reading;
  }

  async #read(revisionId: string): Promise<FlowCode> {
    const code = await findFlowCode(this.#db, revisionId);
    if (code === undefined)
      throw new EngineError(
        "engine/internal",
        `Revision ${revisionId} does not exist: its instance was deleted while the execution ran`,
      );
    return code;
  }

  /** A session of the sandbox for an execution of this revision. The bundle is read only when no cell has it. */
  sessionOptions(execution: ExecutionIdentity, code: FlowCode): SessionOptions {
    const { organizationId, integrationId, customerId, executionId, flowKey } = execution;
    return {
      domain: {
        organizationId,
        integrationId,
        ...(code.isolation === "customer" ? { customerId } : {}),
      },
      bundle: {
        sha256: code.bundleSha256,
        load: () => this.#loadBundle(organizationId, code.bundleSha256),
      },
      executionId,
      flowKey,
      permissions: (stepKey) => this.#permissions.get(code, flowKey, stepKey),
    };
  }

  async #loadBundle(organizationId: string, sha256: string) {
    const bundle = await findBundle(this.#db, organizationId, sha256);
    if (bundle === undefined)
      throw new EngineError(
        "engine/internal",
        `Bundle ${sha256} of organization ${organizationId} is missing`,
      );
    return bundle;
  }
}
