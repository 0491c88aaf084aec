import { GUEST_FILE_NAME, type LibraryName } from "../protocol.ts";
import { send } from "./bridge.ts";

// Taken now, before an author could put another in its place.
// oxlint-disable-next-line no-eval -- the text is the cell's, and an isolate has no other way to load a script
const evaluate = globalThis.eval;

/** Exports of a library that the cell keeps as text, for the isolates that need it. */
export function loadLibrary(name: LibraryName): unknown {
  return evaluate(`${send("library", name)}\n//# sourceURL=${GUEST_FILE_NAME}`);
}
