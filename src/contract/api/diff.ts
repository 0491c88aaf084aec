import { z } from "zod";
import { fieldProblemSchema } from "./fields.ts";
import { wideningSchema } from "./widening.ts";

const side = z.string().regex(/^([1-9][0-9]{0,8}|v[1-9][0-9]{0,8}|draft)$/, {
  error: 'must be a revision such as 3, a version such as v4, or "draft"',
});
export const diffQuery = z.strictObject({
  from: side.optional().meta({ description: "The deployed revision where it is left out" }),
  to: side.default("draft").meta({
    description:
      "A revision (`3`), a version that it could move to (`v4`), or `draft`: what a deploy now would make",
  }),
});

const change = z.enum(["added", "removed", "changed"]);
const fields = z.array(z.string()).meta({ description: "What of it changed, where both sides have it" });
const configSide = z
  .object({ type: z.string(), default: z.unknown().optional(), value: z.unknown().optional() })
  .nullable()
  .meta({ description: "null: the variable is not there" });
const sideSchema = z.object({
  revision: z.int().nullable().meta({ description: "null: not deployed as such" }),
  version: z.int(),
});

export const diffSchema = z
  .object({
    from: sideSchema,
    to: sideSchema,
    config: z.array(z.object({ key: z.string(), change, fields, before: configSide, after: configSide })),
    permissions: z.object({ gained: z.array(wideningSchema), lost: z.array(wideningSchema) }),
    flows: z.array(
      z.object({
        key: z.string(),
        change,
        fields,
        steps: z.array(z.object({ key: z.string(), change, fields })),
      }),
    ),
    missing: z.array(fieldProblemSchema).meta({ description: "What a deploy of `to` would ask for" }),
  })
  .meta({ id: "DeploymentDiff" });
export type Diff = z.output<typeof diffSchema>;
