import type { Definition } from "#contract/definition.ts";
import type { JsonObject } from "#contract/json.ts";
import type { GuestTrigger } from "#contract/sandbox.ts";
import type { IntegrationBundle } from "./bundle-integration.ts";

/** What `replay-local` hands to the process that a debugger attaches to. */
export interface ReplayJob {
  bundle: IntegrationBundle;
  definition: Definition;
  flowKey: string;
  trigger: GuestTrigger;
  config: JsonObject;
  /** JSON text of recorded outputs by step. */
  outputs: [key: string, json: string][];
  executionId: string;
  /** Of the integration's file. */
  folder: string;
  /** Lets requests out. */
  isLive: boolean;
  isDebugged: boolean;
}
