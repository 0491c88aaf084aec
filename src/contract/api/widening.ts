import { z } from "zod";

/** One thing that a version allows beyond what an instance, or the version before it, has. */
export const wideningSchema = z
  .object({
    permission: z.enum(["net", "env"]),
    change: z.enum(["allowed", "no-longer-denied"]),
    rule: z.string().meta({ description: "`*` for any" }),
  })
  .meta({ id: "Widening" });
