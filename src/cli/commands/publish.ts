import { variablesInOrder } from "#contract/config-variable.ts";
import type { Published } from "#contract/api/integrations.ts";
import { definitionSchema } from "#contract/definition.ts";
import { describeWidening } from "#contract/permission-sets.ts";
import type { Trigger } from "#contract/trigger.ts";
import { assertNever } from "#contract/assert-never.ts";
import { bundleIntegration } from "#local/bundle-integration.ts";
import { readDefinition } from "#local/read-definition.ts";
import { answer } from "../api-client.ts";
import { type AddCommand, connectApi, formatOption } from "../create-cli.ts";
import { printOne } from "../output.ts";

export const addPublish: AddCommand = (program, cli) => {
  program
    .command("publish <file>")
    .description("bundle an integration's source and publish it as the next version")
    .option("--note <text>", "what is new")
    .option("--commit <id>", "the source's commit")
    .addOption(formatOption())
    .action(async (file: string, { note, commit, output: format }, command) => {
      const bundle = await bundleIntegration(file);
      for (const warning of bundle.warnings) cli.say(`warning: ${warning}`);
      // What is wrong is told with its place before anything is sent; the server reads it again.
      await readDefinition(bundle);
      const client = await connectApi(cli, command);
      const published = await answer(
        client.http.POST("/api/v1/integrations/publish", {
          body: { bundle: bundle.code, sourceMap: bundle.sourceMap, note, commit },
        }),
      );
      printOne(cli.output, { item: published, rows: manifestRows(published), format });
    });
};

/** The manifest in words: what the version may reach, what it asks an instance for, what it runs. */
function manifestRows({ created, integration, version }: Published): [string, string | null][] {
  const definition = definitionSchema.parse(version.definition);
  const { net } = definition.permissions;
  const config = variablesInOrder(definition.config).map(
    ([key, variable]) =>
      `${key} (${variable.type}${variable.required && variable.default === undefined ? ", required" : ""})`,
  );
  return [
    [
      "published",
      created
        ? `${integration.key} version ${version.number}`
        : `${integration.key} version ${version.number}, unchanged: this very bundle was published before`,
    ],
    ["id", integration.id],
    ["may reach", net?.allow === true ? "any host" : net?.allow.join(", ") || "nothing"],
    ["widens", version.widens.map(describeWidening).join(", ") || null],
    ["but not", net?.deny.join(", ") || null],
    ["config", config.join(", ") || null],
    ["connections", Object.keys(definition.connections).join(", ") || null],
    ...definition.flows.map((flow): [string, string] => [
      `flow ${flow.key}`,
      `${describeTrigger(flow.trigger)}: ${flow.steps.map((step) => step.key).join(" → ")}`,
    ]),
  ];
}

function describeTrigger(trigger: Trigger): string {
  switch (trigger.type) {
    case "webhook":
      return `webhook${trigger.signature === undefined ? "" : `, signed (${trigger.signature.type})`}`;
    case "schedule": {
      const { timetable, timeZone } = trigger;
      if ("everyMs" in timetable) return `every ${timetable.everyMs / 60_000} min`;
      return `cron ${valueOf(timetable.cron)} in ${valueOf(timeZone)}`;
    }
    case "call":
      return "started by another flow";
    case "deploy":
      return `on ${trigger.on}`;
    default:
      return assertNever(trigger);
  }
}

function valueOf(value: string | { config: string }): string {
  return typeof value === "string" ? value : `the value of "${value.config}"`;
}
