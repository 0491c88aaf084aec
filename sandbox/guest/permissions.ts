import { parse, send, stringify } from "./bridge.ts";
import { EventTarget } from "./events.ts";

/**
 * Deno's query API, with nobody to prompt: what is not granted is denied. The answer comes from the isolate's copy of
 * the step's permissions; what decides is the host's.
 */
class PermissionStatus extends EventTarget {
  /** Never called: permissions do not change while a step runs. */
  onchange: ((event: unknown) => unknown) | null = null;
  readonly state: "granted" | "denied";
  readonly partial: boolean;

  constructor(state: "granted" | "denied", partial: boolean) {
    super();
    this.state = state;
    this.partial = partial;
  }
}

export interface Permissions {
  query(descriptor: unknown): Promise<PermissionStatus>;
  querySync(descriptor: unknown): PermissionStatus;
}

/** `manifest` is the step's effective permissions. */
export function createPermissions(manifest: unknown): Permissions {
  const querySync = (descriptor: unknown): PermissionStatus => {
    const answer = parse(send("permission", stringify([manifest, questionOf(descriptor)]))) as Answer; // by the cell
    if ("error" in answer)
      throw answer.error === "TypeError" ? new TypeError(answer.message) : new URIError(answer.message);
    return new PermissionStatus(answer.state, answer.partial);
  };
  // Async, so that what is wrong with a descriptor is a rejection, as in Deno.
  return { querySync, query: async (descriptor) => querySync(descriptor) };
}

type Answer =
  | { state: "granted" | "denied"; partial: boolean }
  | { error: "TypeError" | "URIError"; message: string };

/** Only text is asked about: a descriptor is an author's object, with getters or without. */
function questionOf(descriptor: unknown): Record<string, string> {
  const question: Record<string, string> = {};
  for (const field of ["name", "host", "variable"]) {
    const value: unknown =
      typeof descriptor === "object" && descriptor !== null ? Reflect.get(descriptor, field) : undefined;
    if (value !== undefined || field === "name") question[field] = String(value);
  }
  return question;
}
