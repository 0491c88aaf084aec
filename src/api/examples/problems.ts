import { EngineError } from "#contract/errors.ts";
import { type Problem, problemOf } from "../problem.ts";
import { AT, IDS } from "./example.ts";

interface NamedProblem {
  summary: string;
  value: Problem;
}

const REQUEST_ID = "019a5306-2f71-7d80-b4c9-e815d06a3b97";

function problem(summary: string, error: EngineError): NamedProblem {
  return { summary, value: problemOf(error, REQUEST_ID) };
}

/** What a call may be refused with, by the name of the reason. */
const PROBLEMS = {
  invalid: problem(
    "A field is missing, unknown or of the wrong form",
    new EngineError("request/invalid", "/name of the body is needed: must be text", {
      problems: [{ field: "/name", message: "is needed: must be text" }],
    }),
  ),
  unauthenticated: problem(
    "No token, or a wrong one",
    new EngineError(
      "request/unauthenticated",
      "The token is unknown, expired or revoked; make a new one with POST /api/v1/tokens.",
    ),
  ),
  forbidden: problem(
    "The token's role may not do this",
    new EngineError(
      "request/forbidden",
      "POST /api/v1/customers needs one of the roles owner, admin, builder; this token has the role viewer",
    ),
  ),
  "not-found": problem(
    "Nothing of the organization has this id",
    new EngineError(
      "request/not-found",
      `There is no customer ${IDS.customer}; GET /api/v1/customers lists those there are`,
    ),
  ),
  "precondition-failed": problem(
    "Changed since the ETag that was sent",
    new EngineError(
      "request/precondition-failed",
      `Customer ${IDS.customer} was changed meanwhile: it is at edit 4, you started from 3; get it again and repeat your change`,
      { field: "/if-match" },
    ),
  ),
  conflict: problem(
    "What is stored stands against it",
    new EngineError(
      "request/conflict",
      `Execution ${IDS.execution} is succeeded since ${AT.finished} and cannot be cancelled: it must be not ended yet`,
    ),
  ),
  "rate-limited": problem(
    "Too many calls: wait for Retry-After",
    new EngineError(
      "request/rate-limited",
      "More than 6000 calls a minute by this token; wait for Retry-After",
    ),
  ),
} satisfies Record<string, NamedProblem>;

/** Those that a route can answer, by what it takes. */
export function findProblems(takes: {
  method: string;
  path: boolean;
  ifMatch: boolean;
}): Record<string, NamedProblem> {
  const { invalid, unauthenticated, forbidden, conflict } = PROBLEMS;
  return {
    invalid,
    unauthenticated,
    forbidden,
    ...(takes.path && { "not-found": PROBLEMS["not-found"] }),
    ...(takes.method !== "get" && { conflict }),
    ...(takes.ifMatch && { "precondition-failed": PROBLEMS["precondition-failed"] }),
    "rate-limited": PROBLEMS["rate-limited"],
  };
}
