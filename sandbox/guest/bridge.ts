import { SEND_CHARACTERS, SEND_GLOBAL, type GuestOperation } from "../protocol.ts";

/**
 * The isolate's one way out. The cell's callback is taken from the global and deleted from it before any
 * author's code runs; what guest code could do with it, it can do through the web APIs as well.
 */
type Send = (text: string) => string;

const scope = globalThis as Record<string, unknown>; // the global is an open record to the runtime
const nativeSend = scope[SEND_GLOBAL] as Send; // put there by the cell
delete scope[SEND_GLOBAL];

// Taken now, so that an author who patches JSON changes only what the author's own code sees.
export const { parse, stringify } = JSON;

export function send(op: GuestOperation, payload: string): string {
  if (payload.length > SEND_CHARACTERS)
    throw new RangeError(`${payload.length} characters cannot leave the sandbox: at most ${SEND_CHARACTERS}`);
  return nativeSend(`${op}\n${payload}`);
}
