import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { SEVERITIES } from "../logs.ts";
import { logLineSchema } from "./executions.ts";
import { id, pageQuery, searchText, timestamp } from "./fields.ts";

const HOURS = LIMITS.logSearchMs / 3_600_000;

export const logSearchQuery = pageQuery.extend({
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,2000}$/, "must be the nextCursor of an earlier answer")
    .optional(),
  text: searchText.optional().meta({ description: "Part of the message" }),
  severity: z.enum(SEVERITIES).optional().meta({ description: "This and above" }),
  instance: id.optional(),
  customer: id.optional(),
  execution: id.optional(),
  from: timestamp.optional().meta({
    description: `Of executions that were received at or after; ${HOURS} hours before \`to\`, where it is left out`,
  }),
  to: timestamp
    .optional()
    .meta({ description: "Of executions that were received before; now, where it is left out" }),
});

/** A line with whose it is. */
export const foundLogLineSchema = logLineSchema
  .extend({ executionId: id, instanceId: id, customerId: id, flowKey: z.string() })
  .meta({ id: "FoundLogLine" });
export type FoundLogLine = z.output<typeof foundLogLineSchema>;
