import { OpenAPIHono } from "@hono/zod-openapi";
import { EngineError } from "#contract/errors.ts";
import type { AppEnv } from "./app-env.ts";

/** A router whose zod failures become `request/invalid`, with a JSON pointer to the first field at fault. */
export function createRouter(): OpenAPIHono<AppEnv> {
  return new OpenAPIHono<AppEnv>({
    defaultHook(result) {
      if (result.success) return;
      const [issue] = result.error.issues;
      const pointer = (issue?.path ?? []).map(
        (part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`,
      );
      const place =
        pointer.length === 0 ? `the ${result.target}` : `${pointer.join("")} of the ${result.target}`;
      throw new EngineError("request/invalid", `${place}: ${issue?.message ?? "is not valid"}`, {
        field: pointer.join("") || "/",
      });
    },
  });
}
