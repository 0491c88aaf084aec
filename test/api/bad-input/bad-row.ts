import type { ErrorCode } from "#contract/errors.ts";
import type { PolicedRoute } from "#contract/policy.ts";
import type { World } from "./world.ts";

/** How a request can be bad. Which of them a route needs rows for is told by `needed-rows.ts`. */
export type BadKind =
  | "malformed id"
  | "unknown id"
  | "foreign id"
  | "missing"
  | "wrong type"
  | "too long"
  | "out of range"
  | "unknown field"
  | "not an object"
  | "not JSON"
  | "unknown parameter"
  | "bad parameter"
  | "bad cursor"
  | "bad limit"
  | "bad header"
  | "conflict"
  | "refused";

/** What differs from a call that would succeed; the rest is `requestOf` the route. */
export interface BadRequest {
  params?: Record<string, string>;
  /** Beside what the route needs; null leaves a parameter out. */
  query?: Record<string, string | null>;
  headers?: Record<string, string>;
  /** In place of the whole body. */
  body?: unknown;
  /** The body's text in place of JSON. */
  text?: string;
}

/** One bad request and its documented answer. */
export interface BadRow {
  route: PolicedRoute;
  kind: BadKind;
  /** In words. */
  what: string;
  /** The field at fault, where the row stands for one: a parameter, a part of the body, a header. */
  of?: string;
  request: BadRequest | ((world: World) => BadRequest);
  status: number;
  code: ErrorCode;
  /** As the problem document names it. */
  field?: string;
  /** What the detail must name, where it is not the id of the path. */
  names?: string | ((world: World) => string);
}

export function invalid(
  route: PolicedRoute,
  row: Pick<BadRow, "kind" | "what" | "request"> & { of: string; field?: string },
): BadRow {
  return { ...row, route, status: 400, code: "request/invalid", field: row.field ?? `/${row.of}` };
}

export function conflict(
  route: PolicedRoute,
  row: Pick<BadRow, "what" | "request" | "field" | "names"> & { code?: ErrorCode },
): BadRow {
  return { kind: "conflict", code: "request/conflict", ...row, route, status: 409 };
}

/** 422: well-formed, and names what is not there or not the caller's. */
export function unprocessable(
  route: PolicedRoute,
  row: Pick<BadRow, "kind" | "what" | "request" | "names"> & { field: string },
): BadRow {
  return { ...row, route, of: row.field.slice(1), status: 422, code: "request/unprocessable" };
}

export function notThere(
  route: PolicedRoute,
  row: Pick<BadRow, "kind" | "what" | "request" | "names" | "of">,
): BadRow {
  return { ...row, route, status: 404, code: "request/not-found" };
}
