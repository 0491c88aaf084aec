import { createCustomerBody, customerSchema, updateCustomerBody } from "#contract/api/customers.ts";
import { AT, example, IDS } from "./example.ts";

export const CUSTOMER_EXAMPLES = [
  example(customerSchema, {
    id: IDS.customer,
    name: "Acme Ltd.",
    description: "Sells anvils; on the EU plan",
    externalId: "crm-4711",
    labels: ["eu", "pilot"],
    deletingAt: null,
    edit: 3,
    createdAt: AT.made,
    updatedAt: AT.deployed,
  }),
  example(createCustomerBody, {
    name: "Acme Ltd.",
    description: "Sells anvils; on the EU plan",
    externalId: "crm-4711",
    labels: ["eu", "pilot"],
  }),
  example(updateCustomerBody, {
    name: "Acme Limited",
    description: "Sells anvils; on the world plan",
    externalId: null,
    labels: ["world"],
  }),
];
