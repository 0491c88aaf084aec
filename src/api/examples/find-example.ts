import { z } from "zod";
import { ACCESS_EXAMPLES } from "./access.ts";
import { CUSTOMER_EXAMPLES } from "./customers.ts";
import { EXECUTION_EXAMPLES } from "./executions.ts";
import { FLOW_EXAMPLES } from "./flows.ts";
import { INSTANCE_EXAMPLES } from "./instances.ts";
import { INTEGRATION_EXAMPLES } from "./integrations.ts";
import { JOB_EXAMPLES } from "./jobs.ts";

const EXAMPLES = new Map<z.ZodType, unknown>([
  ...ACCESS_EXAMPLES,
  ...CUSTOMER_EXAMPLES,
  ...INTEGRATION_EXAMPLES,
  ...INSTANCE_EXAMPLES,
  ...FLOW_EXAMPLES,
  ...EXECUTION_EXAMPLES,
  ...JOB_EXAMPLES,
]);

/** What a body of this schema looks like: given for it, or for what the list that it is holds. */
export function findExample(schema: z.ZodType): unknown {
  const known = EXAMPLES.get(schema);
  if (known !== undefined) return known;
  const items = schema instanceof z.ZodObject ? schema.shape["items"] : undefined;
  if (!(items instanceof z.ZodArray) || !(items.element instanceof z.ZodType)) return undefined;
  const item = findExample(items.element);
  if (item === undefined) return undefined;
  const isPage = schema instanceof z.ZodObject && "nextCursor" in schema.shape;
  return { items: [item], ...(isPage && { nextCursor: null }) };
}
