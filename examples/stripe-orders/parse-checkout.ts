import { FatalError } from "millrace";

export interface Order {
  /** Of Stripe's checkout session. */
  id: string;
  /** In the currency's smallest unit. */
  amount: number;
  currency: string;
  email: string | null;
}

/** The paid order of an event; null for events of other kinds and for unpaid ones. */
export function parseCheckout(event: unknown): Order | null {
  const { type, data } = fields(event);
  if (typeof type !== "string") throw new FatalError("This is no event of Stripe's: it has no type");
  const session = fields(fields(data)["object"]);
  if (type !== "checkout.session.completed" || session["payment_status"] !== "paid") return null;
  const { id, amount_total: amount, currency } = session;
  if (typeof id !== "string" || typeof amount !== "number" || typeof currency !== "string")
    throw new FatalError("The checkout session lacks id, amount_total or currency");
  const { email } = fields(session["customer_details"]);
  return { id, amount, currency, email: typeof email === "string" ? email : null };
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
