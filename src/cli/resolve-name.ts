import type { Customer } from "#contract/api/customers.ts";
import type { Flow } from "#contract/api/flows.ts";
import type { Instance } from "#contract/api/instances.ts";
import type { Integration } from "#contract/api/integrations.ts";
import { isId } from "#contract/ids.ts";
import type { ApiClient } from "./api-client.ts";
import { CliError } from "./cli-error.ts";

interface Kind {
  what: string;
  path: string;
  /** The query parameter that takes the whole name. */
  parameter: string;
  listCommand: string;
}

/** The id of what a person named: an id is taken as it is, a name must be of exactly one. */
async function resolveName(client: ApiClient, text: string, kind: Kind): Promise<string> {
  if (isIdText(text)) return text;
  const found = await client.list<{ id: string }>(kind.path, { query: { [kind.parameter]: text }, limit: 2 });
  const [one, another] = found;
  const remedy = `List them: millrace ${kind.listCommand}`;
  if (one === undefined) throw new CliError(`No ${kind.what} is called "${text}"`, { remedy });
  if (another !== undefined)
    throw new CliError(`Several ${kind.what}s are called "${text}"; use the id`, { remedy });
  return one.id;
}

export function resolveCustomer(client: ApiClient, text: string): Promise<Customer["id"]> {
  const kind = { what: "customer", path: "/customers", parameter: "name", listCommand: "customers:list" };
  return resolveName(client, text, kind);
}

export function resolveIntegration(client: ApiClient, text: string): Promise<Integration["id"]> {
  const kind = {
    what: "integration",
    path: "/integrations",
    parameter: "key",
    listCommand: "integrations:list",
  };
  return resolveName(client, text, kind);
}

export function resolveInstance(client: ApiClient, text: string): Promise<Instance["id"]> {
  const kind = { what: "instance", path: "/instances", parameter: "name", listCommand: "instances:list" };
  return resolveName(client, text, kind);
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
  const { items } = await client.get<{ items: Flow[] }>(`/instances/${instance}/flows`);
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
