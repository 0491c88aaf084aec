import { answer } from "../api-client.ts";
import { assertChanges } from "../assert-changes.ts";
import { type AddCommand, connectApi, formatOption } from "../create-cli.ts";
import { printOne } from "../output.ts";
import { readBody } from "../read-body.ts";
import { resolveIntegration } from "../resolve-name.ts";
import { integrationRows } from "../show-integration.ts";

export const addIntegrationsUpdate: AddCommand = (program, cli) => {
  program
    .command("integrations:update <integration>")
    .description(
      "change what is kept beside an integration's versions; its name and description come with a version",
    )
    .option("--category <text>", "to find it by; an empty one takes it away")
    .option("--icon <url>", "an https or data URL; an empty one takes it away")
    .option("--documentation-file <file>", "Markdown for people; - is standard input")
    .addOption(formatOption())
    .action(async (name: string, { category, icon, documentationFile, output: format }, command) => {
      const documentation =
        documentationFile === undefined ? undefined : (await readBody(documentationFile)).toString("utf8");
      const body = { category, icon, documentation };
      assertChanges(body, "Give --category, --icon or --documentation-file");
      const client = await connectApi(cli, command);
      const id = await resolveIntegration(client, name);
      const integration = await answer(
        client.http.PATCH("/api/v1/integrations/{id}", { params: { path: { id } }, body }),
      );
      printOne(cli.output, { item: integration, rows: integrationRows(integration), format });
    });
};
