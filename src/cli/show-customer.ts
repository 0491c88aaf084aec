import type { Customer } from "#contract/api/customers.ts";

/** What a person wants to know of a customer. */
export function customerRows(customer: Customer): [name: string, value: string | null][] {
  return [
    ["id", customer.id],
    ["name", customer.name],
    ["external id", customer.externalId],
    ["description", customer.description],
    ["labels", customer.labels.join(" ")],
    ["being deleted since", customer.deletingAt],
    ["created", customer.createdAt],
    ["updated", customer.updatedAt],
  ];
}
