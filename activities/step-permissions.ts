import { effectivePermissions, type PermissionPolicy } from "#contract/effective-permissions.ts";
import type { PermissionManifest } from "#contract/permissions.ts";
import { type FlowCode, stepName } from "#db/flow-code.ts";

/** What a step may do, worked out once per revision, step and policy. */
export class StepPermissions {
  readonly #policy: () => PermissionPolicy;
  readonly #known = new WeakMap<
    FlowCode,
    { policy: PermissionPolicy; bySteps: Map<string, PermissionManifest> }
  >();

  constructor(policy: () => PermissionPolicy) {
    this.#policy = policy;
  }

  /** Under the policy of this moment: one that was read anew holds from a running execution's next step on. */
  get(code: FlowCode, flowKey: string, stepKey: string): PermissionManifest {
    const bySteps = this.#bySteps(code);
    const name = stepName(flowKey, stepKey);
    const known = bySteps.get(name);
    if (known !== undefined) return known;
    const { manifest, grant, stepPermissions } = code;
    const step = stepPermissions.get(name);
    const effective = effectivePermissions({ manifest, grant, step, policy: this.#policy() });
    bySteps.set(name, effective);
    return effective;
  }

  #bySteps(code: FlowCode): Map<string, PermissionManifest> {
    const policy = this.#policy();
    const known = this.#known.get(code);
    if (known?.policy === policy) return known.bySteps;
    const bySteps = new Map<string, PermissionManifest>();
    this.#known.set(code, { policy, bySteps });
    return bySteps;
  }
}
