import { Command } from "commander";
import { parseCliConfig } from "#config";
import { LOCAL_COMMANDS } from "./local-commands.ts";
import { examplesOf } from "./command-examples.ts";
import type { AddCommand, Cli } from "./create-cli.ts";
import { addCustomersCreate } from "./commands/customers-create.ts";
import { addCustomersDelete } from "./commands/customers-delete.ts";
import { addCompletion } from "./commands/completion.ts";
import { addConfigOptions } from "./commands/config-options.ts";
import { addCustomersGet } from "./commands/customers-get.ts";
import { addCustomersUpdate } from "./commands/customers-update.ts";
import { addEndpointsRequests } from "./commands/endpoints-requests.ts";
import { addEndpointsSnippet } from "./commands/endpoints-snippet.ts";
import { addEndpointsVerify } from "./commands/endpoints-verify.ts";
import { addIntegrationsRestore } from "./commands/integrations-restore.ts";
import { addIntegrationsWithdraw } from "./commands/integrations-withdraw.ts";
import { addCustomersList } from "./commands/customers-list.ts";
import { addExecutionsAudit } from "./commands/executions-audit.ts";
import { addExecutionsCancel } from "./commands/executions-cancel.ts";
import { addExecutionsGet } from "./commands/executions-get.ts";
import { addExecutionsList } from "./commands/executions-list.ts";
import { addExecutionsLogs } from "./commands/executions-logs.ts";
import { addExecutionsPayload } from "./commands/executions-payload.ts";
import { addExecutionsReplay } from "./commands/executions-replay.ts";
import { addExecutionsResume } from "./commands/executions-resume.ts";
import { addExecutionsRetryNow } from "./commands/executions-retry-now.ts";
import { addFlowConfigsList } from "./commands/flow-configs-list.ts";
import { addFlowConfigsSchedule } from "./commands/flow-configs-schedule.ts";
import { addFlowConfigsTest } from "./commands/flow-configs-test.ts";
import { addFlowsApiKeysCreate } from "./commands/flows-api-keys-create.ts";
import { addFlowsApiKeysList } from "./commands/flows-api-keys-list.ts";
import { addFlowsApiKeysRevoke } from "./commands/flows-api-keys-revoke.ts";
import { addFlowsSigningSecretSet } from "./commands/flows-signing-secret-set.ts";
import { addInstancesApprove } from "./commands/instances-approve.ts";
import { addInstancesConfigure } from "./commands/instances-configure.ts";
import { addInstancesCreate } from "./commands/instances-create.ts";
import { addInstancesDeploy } from "./commands/instances-deploy.ts";
import { addInstancesDelete } from "./commands/instances-delete.ts";
import { addInstancesDiff } from "./commands/instances-diff.ts";
import { addInstancesGet } from "./commands/instances-get.ts";
import { addInstancesList } from "./commands/instances-list.ts";
import { addInstancesPause } from "./commands/instances-pause.ts";
import { addInstancesRevisions } from "./commands/instances-revisions.ts";
import { addInstancesRollback } from "./commands/instances-rollback.ts";
import {
  addInstancesStateDelete,
  addInstancesStateList,
  addInstancesStateSet,
} from "./commands/instances-state.ts";
import { addInstancesUnpause } from "./commands/instances-unpause.ts";
import { addInstancesUpgrade } from "./commands/instances-upgrade.ts";
import { addIntegrationsConfigSchema } from "./commands/integrations-config-schema.ts";
import { addIntegrationsList } from "./commands/integrations-list.ts";
import { addIntegrationsVersions } from "./commands/integrations-versions.ts";
import { addDev } from "./commands/dev.ts";
import { addInit } from "./commands/init.ts";
import { addJobsCancel } from "./commands/jobs-cancel.ts";
import { addJobsGet } from "./commands/jobs-get.ts";
import { addJobsList } from "./commands/jobs-list.ts";
import { addReplayLocal } from "./commands/replay-local.ts";
import { addLogin } from "./commands/login.ts";
import { addLogsSearch } from "./commands/logs-search.ts";
import { addLogout } from "./commands/logout.ts";
import { addProfilesList } from "./commands/profiles-list.ts";
import { addProfilesUse } from "./commands/profiles-use.ts";
import { addPublish } from "./commands/publish.ts";
import { addTokensCreate } from "./commands/tokens-create.ts";
import { addTokensList } from "./commands/tokens-list.ts";
import { addTokensRevoke } from "./commands/tokens-revoke.ts";
import { addIntegrationsGet } from "./commands/integrations-get.ts";
import { addIntegrationsUpdate } from "./commands/integrations-update.ts";
import { addInstancesUpdate } from "./commands/instances-update.ts";
import { addInstancesApprovals } from "./commands/instances-approvals.ts";
import { addWhoami } from "./commands/whoami.ts";

/** In the order in which help shows them. */
const COMMANDS: readonly AddCommand[] = [
  addLogin,
  addLogout,
  addProfilesList,
  addProfilesUse,
  addWhoami,
  addInit,
  addDev,
  addPublish,
  addCustomersList,
  addCustomersCreate,
  addCustomersGet,
  addCustomersUpdate,
  addCustomersDelete,
  addIntegrationsList,
  addIntegrationsGet,
  addIntegrationsVersions,
  addIntegrationsUpdate,
  addIntegrationsWithdraw,
  addIntegrationsRestore,
  addIntegrationsConfigSchema,
  addInstancesList,
  addInstancesGet,
  addInstancesCreate,
  addInstancesUpdate,
  addInstancesConfigure,
  addConfigOptions,
  addInstancesApprove,
  addInstancesApprovals,
  addInstancesDiff,
  addInstancesDeploy,
  addInstancesUpgrade,
  addInstancesRevisions,
  addInstancesRollback,
  addInstancesPause,
  addInstancesUnpause,
  addInstancesDelete,
  addInstancesStateList,
  addInstancesStateSet,
  addInstancesStateDelete,
  addFlowConfigsList,
  addFlowConfigsSchedule,
  addFlowConfigsTest,
  addEndpointsRequests,
  addEndpointsVerify,
  addEndpointsSnippet,
  addFlowsSigningSecretSet,
  addFlowsApiKeysList,
  addFlowsApiKeysCreate,
  addFlowsApiKeysRevoke,
  addExecutionsList,
  addExecutionsGet,
  addExecutionsLogs,
  addExecutionsAudit,
  addLogsSearch,
  addExecutionsPayload,
  addExecutionsReplay,
  addReplayLocal,
  addExecutionsResume,
  addExecutionsCancel,
  addExecutionsRetryNow,
  addJobsList,
  addJobsGet,
  addJobsCancel,
  addTokensList,
  addTokensCreate,
  addTokensRevoke,
  addCompletion,
];

/** The command line as a whole. Errors of usage are thrown, as commander's own. */
export function createProgram(cli: Cli): Command {
  const program = new Command("millrace")
    .description(
      `Run integrations for each customer. What needs no server: ${LOCAL_COMMANDS.map(({ name }) => name).join(", ")}.`,
    )
    .option("--server <url>", "the api; else MILLRACE_SERVER, login, or the one that npm start runs")
    .option("--token <token>", "an API token; MILLRACE_TOKEN keeps it out of the list of processes")
    .option("--profile <name>", "a server that login keeps; else the current one")
    .showHelpAfterError("(millrace --help lists all commands)")
    .exitOverride();
  for (const add of COMMANDS) add(program, cli);
  for (const command of program.commands) {
    command.exitOverride();
    const examples = examplesOf(command.name()).map((line) => `  ${line}`);
    command.addHelpText("after", `\nExamples:\n${examples.join("\n")}`);
  }
  return program;
}

/** The program to be read, not run: for its reference. */
export function describeProgram(): Command {
  return createProgram({
    config: parseCliConfig({}),
    output: { isTerminal: false, columns: Number.POSITIVE_INFINITY, colors: false, write() {} },
    say() {},
    signal: new AbortController().signal,
  });
}
