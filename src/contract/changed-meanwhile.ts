import { EngineError } from "./errors.ts";

/** For a change that was made from an edit that is not the present one (`If-Match`). */
export function changedMeanwhile(what: string, edits: { stored: number; given: number }): EngineError {
  return new EngineError(
    "request/precondition-failed",
    `${what} was changed meanwhile: it is at edit ${edits.stored}, you started from ${edits.given}; get it again and repeat your change`,
    { field: "/if-match" },
  );
}
