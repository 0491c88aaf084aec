import { EngineError } from "#contract/errors.ts";

/** Another organization's things do not exist either: the answer is the same. */
export function notFound(what: string, id: string, list: string): EngineError {
  return new EngineError("request/not-found", `There is no ${what} ${id}; ${list} lists those there are`);
}

/** @throws EngineError `request/not-found` for undefined */
export function orNotFound<Row>(row: Row | undefined, what: string, id: string): Row {
  if (row === undefined) throw notFound(what, id, `GET /api/v1/${what}s`);
  return row;
}

export function flowNotFound(id: string): EngineError {
  return notFound("flow", id, "GET /api/v1/instances/{id}/flows");
}
