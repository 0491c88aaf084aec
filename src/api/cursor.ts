import type { z } from "zod";
import { EngineError } from "#contract/errors.ts";

/** A place in a list, as text that a caller hands back: what the list's order compares. */
export function formatCursor(position: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(position)).toString("base64url");
}

/** @throws EngineError `request/invalid` for what is no cursor of this list */
export function parseCursor<Schema extends z.ZodType>(cursor: string, schema: Schema): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, "base64url").toString()));
  } catch (cause) {
    throw new EngineError(
      "request/invalid",
      "/cursor of the query must be the nextCursor of an earlier answer to the same question",
      { field: "/cursor", cause },
    );
  }
}
