import { writeLog } from "./write-log.ts";

/** An error that nobody catches is a line of the log: a thrown value never leaves the isolate. */
export function reportError(thrown: unknown): void {
  writeLog("error", ["Uncaught", thrown]);
}
