import type { Customer } from "#contract/api/customers.ts";
import type { Flow } from "#contract/api/flows.ts";
import type { Instance } from "#contract/api/instances.ts";
import type { Integration } from "#contract/api/integrations.ts";
import { isId } from "#contract/ids.ts";
import { answer, type ApiClient } from "./api-client.ts";
import { CliError } from "./cli-error.ts";

interface Named {
  what: string;
  listCommand: string;
  /** Up to two that bear the name. */
  find(name: string): Promise<{ id: string }[]>;
}

/** The id of what a person named: an id is taken as it is, a name must be of exactly one. */
async function resolveName(text: string, { what, listCommand, find }: Named): Promise<string> {
  if (isIdText(text)) return text;
  const [one, another] = await find(text);
  const remedy = `List them: millrace ${listCommand}`;
  if (one === undefined) throw new CliError(`No ${what} is called "${text}"`, { remedy });
  if (another !== undefined)
    throw new CliError(`Several ${what}s are called "${text}"; use the id`, { remedy });
  return one.id;
}

export function resolveCustomer(client: ApiClient, text: string): Promise<Customer["id"]> {
  return resolveName(text, {
    what: "customer",
    listCommand: "customers:list",
    find: (name) => client.list("/api/v1/customers", { query: { name }, limit: 2 }),
  });
}

export function resolveIntegration(client: ApiClient, text: string): Promise<Integration["id"]> {
  return resolveName(text, {
    what: "integration",
    listCommand: "integrations:list",
    find: (key) => client.list("/api/v1/integrations", { query: { key }, limit: 2 }),
  });
}

export function resolveInstance(client: ApiClient, text: string): Promise<Instance["id"]> {
  return resolveName(text, {
    what: "instance",
    listCommand: "instances:list",
    find: (name) => client.list("/api/v1/instances", { query: { name }, limit: 2 }),
  });
}

/** A flow's id, or `<instance>/<flow key>`. */
export async function resolveFlow(client: ApiClient, text: string): Promise<Flow["id"]> {
  if (isIdText(text)) return text;
  const at = text.lastIndexOf("/");
  if (at < 1)
    throw new CliError(`"${text}" names no flow`, {
      remedy: "Give its id, or <instance>/<flow key>; instances:flow-configs:list <instance> shows both",
    });
  const instance = await resolveInstance(client, text.slice(0, at));
  const key = text.slice(at + 1);
  const params = { path: { id: instance } };
  const { items } = await answer(client.http.GET("/api/v1/instances/{id}/flows", { params }));
  const flow = items.find((candidate) => candidate.key === key);
  if (flow !== undefined) return flow.id;
  throw new CliError(`Instance ${text.slice(0, at)} has no flow "${key}"`, {
    remedy: `It has ${items.map((item) => item.key).join(", ") || "none yet: deploy it"}`,
  });
}

/** `isId` narrows; a name that is no id is still text. */
function isIdText(text: string): boolean {
  return isId(text);
}
