import type { Connection } from "@temporalio/client";
import type { NativeConnection } from "@temporalio/worker";
import { SEARCH_ATTRIBUTES } from "#contract/run-flow.ts";

/** temporal.api.enums.v1.IndexedValueType: the enum's own module is the proto package's, whose root is 90,000 lines. */
const KEYWORD = 2;
const DAY_SECONDS = 24 * 60 * 60;

export interface PrepareNamespaceOptions {
  connection: Connection | NativeConnection;
  namespace: string;
  /** Histories are to be kept at least as long as the rows that link to them. */
  retentionDays: number;
}

/** What could not be done, a sentence each with the remedy: Temporal Cloud refuses these calls by design. */
export type NamespaceProblems = string[];

/**
 * Raises the namespace's retention (a new local one has a day) and registers the search attributes that it lacks.
 * Doing it again changes nothing. Never rejects for what the server refuses.
 */
export async function prepareNamespace(options: PrepareNamespaceOptions): Promise<NamespaceProblems> {
  const { namespace } = options;
  const problems = await Promise.all([
    attempt(
      () => raiseRetention(options),
      (why) =>
        `The retention of namespace ${namespace} could not be checked (${why}): set it to ${options.retentionDays} days or more`,
    ),
    attempt(
      () => registerSearchAttributes(options),
      (why) =>
        `Search attributes could not be registered in namespace ${namespace} (${why}): add ${SEARCH_ATTRIBUTES.join(", ")} as keywords`,
    ),
  ]);
  return problems.filter((problem) => problem !== undefined);
}

async function attempt(
  task: () => Promise<void>,
  explain: (why: string) => string,
): Promise<string | undefined> {
  try {
    await task();
    return undefined;
  } catch (error) {
    return explain(error instanceof Error ? error.message : String(error));
  }
}

async function raiseRetention({
  connection,
  namespace,
  retentionDays,
}: PrepareNamespaceOptions): Promise<void> {
  const { workflowService } = connection;
  const { config } = await workflowService.describeNamespace({ namespace });
  const seconds = retentionDays * DAY_SECONDS;
  if (Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) >= seconds) return;
  await workflowService.updateNamespace({
    namespace,
    config: {
      // A Long in the generated types; the encoder takes any integer.
      workflowExecutionRetentionTtl: { seconds: seconds as unknown as Long },
    },
  });
}

type Long = NonNullable<
  NonNullable<
    NonNullable<
      Parameters<Connection["workflowService"]["updateNamespace"]>[0]["config"]
    >["workflowExecutionRetentionTtl"]
  >["seconds"]
>;

async function registerSearchAttributes({ connection, namespace }: PrepareNamespaceOptions): Promise<void> {
  const { operatorService } = connection;
  const present = await operatorService.listSearchAttributes({ namespace });
  const missing = SEARCH_ATTRIBUTES.filter((name) => present.customAttributes?.[name] === undefined);
  if (missing.length === 0) return;
  await operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
  });
}
