import { RetryableError, type State, type StepFetch } from "millrace";

export interface Registering {
  config: { shopUrl: string };
  state: State;
  fetch: StepFetch;
}

/** Where the shop keeps the registration: its id stays in the instance's state. */
const ID = "registration";

/**
 * Brings the shop to send to `address`, however often it is called: a known registration is put right, one that the shop has
 * lost is made anew. The step's key goes along, so that a lost answer makes no second one.
 */
export async function keepRegistered({ config, state, fetch }: Registering, address: string) {
  const known = await state.get<string>(ID);
  if (known !== undefined) {
    const put = await fetch(urlOf(config.shopUrl, known), { method: "PUT", json: { address } });
    if (put.ok) return { id: known, made: false };
    if (put.status !== 404) throw new RetryableError(`The shop answered ${put.status}`);
  }
  const made = await fetch(urlOf(config.shopUrl), {
    method: "POST",
    json: { address },
    idempotencyKey: true,
  });
  if (!made.ok) throw new RetryableError(`The shop answered ${made.status}`);
  const { id } = (await made.json()) as { id: string };
  await state.set(ID, id);
  return { id, made: true };
}

/** What is gone already is as it should be. */
export async function removeRegistration({ config, state, fetch }: Registering) {
  const id = await state.get<string>(ID);
  if (id === undefined) return { removed: null };
  const response = await fetch(urlOf(config.shopUrl, id), { method: "DELETE" });
  if (!response.ok && response.status !== 404)
    throw new RetryableError(`The shop answered ${response.status}`);
  await state.delete(ID);
  return { removed: id };
}

function urlOf(shopUrl: string, id?: string): URL {
  return new URL(id === undefined ? "/webhooks" : `/webhooks/${encodeURIComponent(id)}`, shopUrl);
}
