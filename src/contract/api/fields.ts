import { z } from "zod";
import { LIMITS } from "../limits.ts";

/** Fields that the API's bodies and answers share. Answers carry times in ISO 8601, UTC. */
export const id = z.uuid("must be an id as the answers have it, a UUID").meta({
  description: "UUIDv7, sorts by time of creation",
  examples: ["019a52f0-6c1e-7d3b-9c57-2f8f6b0f4d11"],
});
export const timestamp = z.iso
  .datetime({
    offset: true,
    error: "must be a time in ISO 8601 with its zone, such as 2026-11-24T19:55:00Z",
  })
  .meta({ examples: ["2026-11-24T19:55:00.000Z"] });

/** What Postgres keeps as text: no NUL, no half of a surrogate pair. */
export function isStorable(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}
export const storable = z
  .string()
  .refine(isStorable, "must hold neither NUL nor half of a surrogate pair; remove it");

export const name = storable.trim().min(1).max(LIMITS.nameCharacters);
export const description = storable.max(LIMITS.descriptionCharacters);
export const label = storable.trim().min(1).max(100);
export const labels = z
  .array(label)
  .max(50)
  .refine((list) => new Set(list).size === list.length, "must not name a label twice");
/** Text to look for. */
export const searchText = storable.min(1).max(200);

export const idParams = z.strictObject({ id });

/** Cursors are opaque: the answer's `nextCursor` is handed back as it is. */
export const pageQuery = z.strictObject({
  cursor: z.uuid("must be the nextCursor of an earlier answer").optional(),
  limit: z.coerce.number().int().min(1).max(LIMITS.pageSizeMax).default(LIMITS.pageSize),
});

/** Newest first, unless sorted otherwise. What arrives meanwhile is before the first page: nothing is skipped or repeated. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().meta({ description: "null on the last page" }),
  });
}

/** Raised at each change; the `ETag` holds it. */
export const editNumber = z.int().meta({ description: "Raised at each change; the ETag", examples: [3] });

/** RFC 9110, 13.1.1, for what two people may edit. */
export const ifMatchHeader = z.object({
  "if-match": z
    .string()
    .regex(/^(\*|"[0-9]{1,9}")$/, 'must be * or the ETag of an earlier answer, such as "3"')
    .optional()
    .meta({
      description: "The ETag that the change was made from: 412 where it has moved on",
      examples: ['"3"'],
    }),
});

/** On every POST: the same call with the same key again is answered as the first was, for a day. */
export const idempotencyKey = z.string().regex(/^[\x21-\x7e]{1,255}$/);

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
