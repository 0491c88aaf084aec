import { z } from "zod";
import {
  description,
  editNumber,
  id,
  label,
  labels,
  name,
  pageQuery,
  searchText,
  storable,
  timestamp,
} from "./fields.ts";

const externalId = storable.trim().min(1).max(200);

export const customerSchema = z
  .object({
    id,
    name: z.string(),
    description: z.string(),
    externalId: z.string().nullable().meta({ description: "The customer's id in your own systems, unique" }),
    labels: z.array(z.string()),
    deletingAt: timestamp
      .nullable()
      .meta({ description: "Its deletion with all its instances is under way" }),
    edit: editNumber,
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

export const deleteCustomerQuery = z.strictObject({
  confirm: z
    .string()
    .optional()
    .meta({ description: "The customer's name, to show that its instances are to go with it" }),
});

export const CUSTOMER_SORTS = ["newest", "name"] as const;

export const customersQuery = pageQuery.extend({
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,2000}$/, "must be the nextCursor of an earlier answer")
    .optional(),
  search: searchText.optional().meta({ description: "Part of the name, description or external id" }),
  name: searchText.optional().meta({ description: "The whole name" }),
  externalId: searchText.optional().meta({ description: "The whole external id" }),
  label: label.optional().meta({ description: "One of its labels" }),
  sort: z.enum(CUSTOMER_SORTS).default("newest"),
});
