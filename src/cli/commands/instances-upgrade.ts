import { InvalidArgumentError, Option } from "commander";
import { INSTANCE_STATES } from "#contract/api/instances.ts";
import { answer, type ApiClient } from "../api-client.ts";
import { CliError, EXIT } from "../cli-error.ts";
import {
  type AddCommand,
  collectPairs,
  collectWords,
  connectApi,
  formatOption,
  parseCount,
  yesOption,
} from "../create-cli.ts";
import { type Format, type Output, printOne } from "../output.ts";
import { fetchDefinition, parseConfigPairs } from "../parse-config-pairs.ts";
import { resolveCustomer, resolveInstance, resolveIntegration } from "../resolve-name.ts";
import { instanceRows } from "../show-instance.ts";
import { type ManyOptions, upgradeMany } from "../upgrade-many.ts";

export const addInstancesUpgrade: AddCommand = (program, cli) => {
  program
    .command("instances:upgrade [instance]")
    .description(
      "deploy another version as the next revision, of one instance or, by a job, of an integration's; what one would lack is listed and changes nothing",
    )
    .addOption(
      new Option("--to <version>", "its number, or latest").default("latest").argParser(parseVersion),
    )
    .option(
      "--set <name=value>",
      "of one instance: a value that it needs, may be given several times",
      collectPairs,
    )
    .option("--note <text>", "why")
    .option("--integration <integration>", "many: its deployed instances, by key or id")
    .option("--label <label>", "of those: with this label, may be given several times", collectWords)
    .option("--customer <customer>", "of those: of this customer, name or id")
    .addOption(new Option("--state <state>", "of those: in this state").choices(INSTANCE_STATES))
    .option("--from <version>", "of those: that have this version now", parseCount)
    .option("--dry-run", "change nothing, and list what would become of each instance")
    .option("--with-drafts", "many: also deploy what was saved and not deployed, instead of refusing it")
    .option("--per-minute <n>", "many: begin at most this many in a minute", parseCount)
    .option("--no-wait", "many: do not wait for the job's end")
    .addOption(yesOption())
    .addOption(formatOption())
    .action(async (name: string | undefined, options: Options, command) => {
      assertUsage(name, options);
      const client = await connectApi(cli, command);
      if (name !== undefined && options.dryRun !== true)
        return upgradeOne(cli.output, client, { name, ...options });
      await upgradeMany(cli, { client, body: await bodyOf(client, name, options) }, manyOf(options));
    });
};

type Wanted = number | "latest";

interface Options {
  to: Wanted;
  set?: Record<string, string>;
  note?: string;
  integration?: string;
  label?: string[];
  customer?: string;
  state?: (typeof INSTANCE_STATES)[number];
  from?: number;
  dryRun?: boolean;
  withDrafts?: boolean;
  perMinute?: number;
  wait: boolean;
  yes?: boolean;
  output: Format;
}

function assertUsage(
  name: string | undefined,
  { integration, label, customer, state, from, set, dryRun }: Options,
): void {
  const usage = (message: string, remedy: string) => new CliError(message, { exitCode: EXIT.usage, remedy });
  if ((name === undefined) === (integration === undefined))
    throw usage(
      "Name one instance, or an integration whose instances are to be upgraded",
      "instances:upgrade <instance>, or instances:upgrade --integration <integration>",
    );
  if (name !== undefined && [label, customer, state, from].some((given) => given !== undefined))
    throw usage(
      "--label, --customer, --state and --from choose among an integration's instances",
      "Leave them out, or the instance",
    );
  if (set !== undefined && (name === undefined || dryRun === true))
    throw usage(
      "--set is for the upgrade of one instance",
      "Save values before a job: instances:configure, then --with-drafts",
    );
}

async function upgradeOne(
  output: Output,
  client: ApiClient,
  { name, to, set = {}, note, output: format }: Options & { name: string },
): Promise<void> {
  const id = await resolveInstance(client, name);
  const { integrationId, latestVersion } = await getInstance(client, id);
  const version = to === "latest" ? latestVersion : to;
  const values =
    Object.keys(set).length === 0
      ? {}
      : parseConfigPairs(await fetchDefinition(client, { integrationId, version }), set);
  const instance = await answer(
    client.http.POST("/api/v1/instances/{id}/upgrade", {
      params: { path: { id } },
      body: { version, values, note },
    }),
  );
  printOne(output, { item: instance, rows: instanceRows(instance), format });
}

async function bodyOf(
  client: ApiClient,
  name: string | undefined,
  { integration, label, customer, state, from, to, note, withDrafts, perMinute }: Options,
) {
  const instance =
    name === undefined ? undefined : await getInstance(client, await resolveInstance(client, name));
  const integrationId = instance?.integrationId ?? (await resolveIntegration(client, integration ?? ""));
  return {
    integrationId,
    to,
    filter: {
      labels: label,
      customerId: customer && (await resolveCustomer(client, customer)),
      version: from,
      states: state && [state],
      instanceIds: instance && [instance.id],
    },
    drafts: withDrafts === true ? ("deploy" as const) : ("refuse" as const), // as const: the body's type knows no other words
    ratePerMinute: perMinute,
    note,
  };
}

function getInstance(client: ApiClient, id: string) {
  return answer(client.http.GET("/api/v1/instances/{id}", { params: { path: { id } } }));
}

function manyOf({ dryRun, yes, wait, output: format }: Options): ManyOptions {
  return { dryRun: dryRun === true, yes, wait, format };
}

function parseVersion(text: string): Wanted {
  if (text === "latest") return text;
  const number = Number(text.replace(/^v/, ""));
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError("It must be a version's number, or latest.");
  return number;
}
