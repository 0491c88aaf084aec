import { keepFitting, resolveConfig } from "#contract/config-values.ts";
import { firstDifference } from "#contract/first-difference.ts";
import type { InstanceRow } from "#db/instances.ts";
import type { RevisionRow } from "#db/revisions.ts";

/** What was saved for an instance and is not deployed: its version, and variables by name. Empty where nothing is. */
export function listDraftChanges(instance: InstanceRow, deployed: RevisionRow): string[] {
  const { definition, config, version, versionId } = instance;
  const saved = resolveConfig(definition, keepFitting(definition, config));
  const changed = Object.keys(saved).filter(
    (key) => firstDifference(saved[key] ?? null, deployed.config[key] ?? null) !== undefined,
  );
  return [...(versionId === deployed.versionId ? [] : [`version ${version}`]), ...changed];
}
