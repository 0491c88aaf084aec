import { z } from "zod";
import { description, id, timestamp } from "./fields.ts";
import { wideningSchema } from "./widening.ts";

export const approveBody = z.strictObject({
  version: z
    .int()
    .min(1)
    .max(2_147_483_647)
    .optional()
    .meta({ description: "The one that the instance is set to where it is left out" }),
  note: description.default(""),
});

export const approvalSchema = z
  .object({
    id,
    instanceId: id,
    versionId: id,
    version: z.int(),
    widens: z.array(wideningSchema).meta({ description: "What the instance may get beyond what it had" }),
    note: z.string(),
    approvedBy: id.nullable(),
    approvedAt: timestamp,
  })
  .meta({ id: "Approval" });
export type Approval = z.output<typeof approvalSchema>;
