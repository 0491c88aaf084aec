import { z } from "zod";
import { LIMITS } from "../limits.ts";

/** Fields that the API's bodies and answers share. Answers carry times in ISO 8601, UTC. */
export const id = z.uuid().meta({ description: "UUIDv7, sorts by time of creation" });
export const timestamp = z.iso.datetime({ offset: true });
export const name = z.string().trim().min(1).max(LIMITS.nameCharacters);
export const description = z.string().max(LIMITS.descriptionCharacters);
export const labels = z
  .array(z.string().trim().min(1).max(100))
  .max(50)
  .refine((list) => new Set(list).size === list.length, "must not name a label twice");

export const idParams = z.strictObject({ id });

/** Cursors are opaque: the answer's `nextCursor` is handed back as it is. */
export const pageQuery = z.strictObject({
  cursor: z.uuid("must be the nextCursor of an earlier answer").optional(),
  limit: z.coerce.number().int().min(1).max(LIMITS.pageSizeMax).default(LIMITS.pageSize),
});

/** Newest first. What arrives meanwhile is before the first page: nothing is skipped or repeated. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    nextCursor: id.nullable().meta({ description: "null on the last page" }),
  });
}

/** One thing that is wrong or missing, by the field's JSON pointer or the variable's name. */
export const fieldProblemSchema = z.object({ field: z.string(), message: z.string() });

/** RFC 9457. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    field: z.string().optional(),
    problems: z.array(fieldProblemSchema).optional(),
    requestId: z.string().optional(),
  })
  .meta({ id: "Problem" });
