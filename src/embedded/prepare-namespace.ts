import { Connection } from "@temporalio/client";
import { SEARCH_ATTRIBUTES } from "#contract/run-flow.ts";
import { pollUntil } from "./poll-until.ts";

/** temporal.api.enums.v1.IndexedValueType: the enum's own module is the proto package's, whose root is 90,000 lines. */
const KEYWORD = 2;
const DAY_SECONDS = 24 * 60 * 60;

export interface PrepareNamespaceOptions {
  address: string;
  namespace: string;
  /** Histories are kept at least as long as the rows that link to them. */
  retentionDays: number;
  signal: AbortSignal;
}

/**
 * Waits until a local Temporal serves its namespace, then raises the retention (a new namespace has one day) and
 * registers the search attributes. Doing it again changes nothing.
 */
export async function prepareNamespace(options: PrepareNamespaceOptions): Promise<void> {
  const connection = Connection.lazy({ address: options.address, connectTimeout: 2_000 });
  try {
    await pollUntil(() => isServing(connection, options.namespace), {
      timeoutMs: 60_000,
      signal: options.signal,
    });
    await connection.workflowService.updateNamespace({
      namespace: options.namespace,
      config: {
        // A Long in the generated types; the encoder takes any integer.
        workflowExecutionRetentionTtl: { seconds: (options.retentionDays * DAY_SECONDS) as unknown as Long },
      },
    });
    await registerSearchAttributes(connection, options.namespace);
  } finally {
    await connection.close();
  }
}

type Long = NonNullable<
  NonNullable<
    NonNullable<
      Parameters<Connection["workflowService"]["updateNamespace"]>[0]["config"]
    >["workflowExecutionRetentionTtl"]
  >["seconds"]
>;

async function isServing(connection: Connection, namespace: string): Promise<boolean> {
  try {
    await connection.withDeadline(Date.now() + 2_000, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
    return true;
  } catch {
    return false;
  }
}

/** Adds those that the namespace lacks. Temporal Cloud refuses this call: attributes are made in its console there. */
export async function registerSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const present = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = SEARCH_ATTRIBUTES.filter((name) => present.customAttributes?.[name] === undefined);
  if (missing.length === 0) return;
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
  });
}
