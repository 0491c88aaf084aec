import { OpenAPIHono } from "@hono/zod-openapi";
import type { z } from "zod";
import { describeIssue } from "#contract/describe-issue.ts";
import { EngineError, type FieldProblem } from "#contract/errors.ts";
import type { AppEnv } from "./app-env.ts";

/** What is checked, by the names that zod's validators have for it. */
const PLACES: Record<string, string> = { json: "body", param: "path", header: "headers" };

/** A router whose zod failures become `request/invalid`, with a JSON pointer to each field at fault. */
export function createRouter(): OpenAPIHono<AppEnv> {
  return new OpenAPIHono<AppEnv>({
    defaultHook(result) {
      if (result.success) return;
      // What was checked comes with the result, though its type does not say so.
      const input = (result as { data?: unknown }).data;
      const problems = result.error.issues.flatMap((issue) => problemsOf(issue, input));
      throw invalidRequest(PLACES[result.target] ?? result.target, problems);
    },
  });
}

/** @param place such as `body`: where the fields are */
export function invalidRequest(place: string, problems: readonly FieldProblem[]): EngineError {
  const words = problems.map(({ field, message }) =>
    field === "/" ? `the ${place} ${message}` : `${field} of the ${place} ${message}`,
  );
  return new EngineError("request/invalid", words.join("; ") || `the ${place} is not valid`, { problems });
}

/** An unknown field is at fault itself, not the object that holds it. */
function problemsOf(issue: z.core.$ZodIssue, input: unknown): FieldProblem[] {
  if (issue.code !== "unrecognized_keys")
    return [{ field: pointerOf(issue.path), message: describeIssue(issue, input) }];
  return issue.keys.map((key) => unknownField([...issue.path, key]));
}

export function unknownField(path: readonly PropertyKey[]): FieldProblem {
  return { field: pointerOf(path), message: "is not known: leave it out, or see /api/docs for its name" };
}

function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("") || "/";
}
