import { pino } from "pino";
import type { Config } from "#config";
import { SEARCH_ATTRIBUTES } from "#contract/run-flow.ts";
import { createTemporal, installTemporalRuntime } from "#engine/create-temporal.ts";
import type { Temporal } from "#engine/create-temporal.ts";
import type { Finding } from "./finding.ts";
import { fail, ok, warn } from "./finding.ts";

const DAY_SECONDS = 24 * 60 * 60;

export async function checkTemporal(config: Config, address: string): Promise<Finding[]> {
  const log = pino({ level: "silent" });
  installTemporalRuntime(log);
  let temporal: Temporal | undefined;
  try {
    const { temporalNamespace: namespace, temporalEnv: env } = config;
    temporal = await createTemporal({ address, namespace, env, identity: "millrace-doctor", log });
    const { serverVersion } = await temporal.connection.workflowService.getSystemInfo({});
    return [ok("temporal", `${serverVersion} at ${address}`), ...(await checkNamespace(temporal, config))];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [
      fail(
        "temporal",
        `${address}: ${reason}`,
        "start it, or check TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and its TLS or API key",
      ),
    ];
  } finally {
    await temporal?.close();
  }
}

async function checkNamespace({ connection, namespace }: Temporal, config: Config): Promise<Finding[]> {
  const { config: described } = await connection.workflowService.describeNamespace({ namespace });
  const days = Number(described?.workflowExecutionRetentionTtl?.seconds ?? 0) / DAY_SECONDS;
  const retention = `${days} days in namespace ${namespace}`;
  const remedy = `temporal operator namespace update --retention ${config.retentionDays}d ${namespace}`;
  return [
    days >= config.retentionDays
      ? ok("temporal retention", retention)
      : warn("temporal retention", `${retention}, while executions are kept ${config.retentionDays}`, remedy),
    await checkSearchAttributes({ connection, namespace }),
  ];
}

async function checkSearchAttributes({
  connection,
  namespace,
}: Pick<Temporal, "connection" | "namespace">): Promise<Finding> {
  const part = "temporal attributes";
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = SEARCH_ATTRIBUTES.filter((name) => customAttributes?.[name] === undefined);
    return missing.length === 0
      ? ok(part, `all ${SEARCH_ATTRIBUTES.length} are registered`)
      : fail(
          part,
          `${missing.join(", ")} are missing`,
          "start a worker, which registers them, or add them as keywords",
        );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return warn(
      part,
      `cannot be read here: ${reason}`,
      `see that ${SEARCH_ATTRIBUTES.join(", ")} exist as keywords`,
    );
  }
}
