import { OpenAPIHono } from "@hono/zod-openapi";
import type { z } from "zod";
import { EngineError, type FieldProblem } from "#contract/errors.ts";
import type { AppEnv } from "./app-env.ts";

/** A router whose zod failures become `request/invalid`, with a JSON pointer to each field at fault. */
export function createRouter(): OpenAPIHono<AppEnv> {
  return new OpenAPIHono<AppEnv>({
    defaultHook(result) {
      if (result.success) return;
      const problems = result.error.issues.flatMap(problemsOf);
      const words = problems.map(({ field, message }) =>
        field === "/" ? `the ${result.target}: ${message}` : `${field} of the ${result.target}: ${message}`,
      );
      throw new EngineError("request/invalid", words.join("; ") || `the ${result.target} is not valid`, {
        problems,
      });
    },
  });
}

/** An unknown field is at fault itself, not the object that holds it. */
function problemsOf(issue: z.core.$ZodIssue): FieldProblem[] {
  if (issue.code !== "unrecognized_keys") return [{ field: pointerOf(issue.path), message: issue.message }];
  return issue.keys.map((key) => ({ field: pointerOf([...issue.path, key]), message: "no such field" }));
}

function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("") || "/";
}
