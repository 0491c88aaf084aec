import { type Deployable, diffDeployments } from "#contract/diff-deployments.ts";
import type { UpgradeChanges } from "#contract/jobs.ts";
import { describeWidening } from "#contract/permission-sets.ts";

/** What differs between two deployments of an instance, by name: one line of many. */
export function summarizeChanges(before: Deployable, after: Deployable): UpgradeChanges {
  const { config, permissions, flows } = diffDeployments(before, after);
  return {
    config: byChange(config),
    permissions: {
      gained: permissions.gained.map(describeWidening),
      lost: permissions.lost.map(describeWidening),
    },
    flows: byChange(flows),
  };
}

function byChange(
  items: readonly { key: string; change: "added" | "removed" | "changed" }[],
): UpgradeChanges["config"] {
  const named = (wanted: string) => items.filter(({ change }) => change === wanted).map(({ key }) => key);
  return { added: named("added"), removed: named("removed"), changed: named("changed") };
}
