import { z } from "zod";
import { description, id, labels, name, pageQuery, timestamp } from "./fields.ts";

const externalId = z.string().trim().min(1).max(200);

export const customerSchema = z
  .object({
    id,
    name: z.string(),
    description: z.string(),
    externalId: z.string().nullable().meta({ description: "The customer's id in your own systems, unique" }),
    labels: z.array(z.string()),
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .meta({ id: "Customer" });
export type Customer = z.output<typeof customerSchema>;

export const createCustomerBody = z.strictObject({
  name,
  description: description.default(""),
  externalId: externalId.optional(),
  labels: labels.default([]),
});

export const updateCustomerBody = z.strictObject({
  name: name.optional(),
  description: description.optional(),
  externalId: externalId.nullable().optional(),
  labels: labels.optional(),
});

export const customersQuery = pageQuery.extend({
  search: z.string().min(1).max(200).optional().meta({ description: "Part of the name or external id" }),
  name: z.string().min(1).max(200).optional().meta({ description: "The whole name" }),
});
