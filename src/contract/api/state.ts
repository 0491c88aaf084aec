import { z } from "zod";
import { KEY } from "../definition.ts";
import { LIMITS } from "../limits.ts";
import { isStateKey } from "../step-state.ts";
import { id, timestamp } from "./fields.ts";

const flow = z
  .string()
  .regex(KEY, "must be a flow's key")
  .optional()
  .meta({ description: "Key of the flow whose value it is; left out: the instance's" });
const key = z.string().refine(isStateKey, `must be text of 1 to ${LIMITS.stateKeyCharacters} characters`);

export const stateValueSchema = z
  .object({
    flow: z.string().nullable(),
    key: z.string(),
    value: z.unknown(),
    executionId: id.nullable().meta({ description: "That wrote it; null: a person did" }),
    updatedAt: timestamp,
  })
  .meta({ id: "StateValue" });
export type StateValue = z.output<typeof stateValueSchema>;

export const setStateBody = z.strictObject({
  flow,
  key,
  value: z
    .unknown()
    .refine((value) => value !== undefined, "is needed; null is a value too")
    .meta({ description: "Any JSON" }),
});
export const deleteStateQuery = z.strictObject({ flow, key });
