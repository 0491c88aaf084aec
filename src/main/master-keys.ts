import type { MasterKey } from "#config";
import { EngineError } from "#contract/errors.ts";
import type { MasterKeys } from "#vault/master-keys.ts";

/** The configured keys as the vault takes them: the first one seals, all of them open. */
export function toMasterKeys(keys: readonly MasterKey[]): MasterKeys {
  const [current] = keys;
  if (current === undefined) {
    throw new EngineError(
      "engine/config",
      "MILLRACE_ENCRYPTION_KEY has no key; .env.example tells how to make one",
    );
  }
  return { current, all: new Map(keys.map(({ id, key }) => [id, key])) };
}
