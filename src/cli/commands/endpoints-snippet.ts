import { Option } from "commander";
import { answer } from "../api-client.ts";
import { type AddCommand, connectApi } from "../create-cli.ts";
import { resolveFlow } from "../resolve-name.ts";
import { senderSnippet, SNIPPET_LANGUAGES, type SnippetLanguage } from "../snippets/sender-snippet.ts";

export const addEndpointsSnippet: AddCommand = (program, cli) => {
  program
    .command("endpoints:snippet <flow>")
    .description(
      "print a program that sends a webhook to a flow, signed as it asks; secrets are read from SIGNING_SECRET and API_KEY when it runs",
    )
    .addOption(
      new Option("--lang <language>", "of the program").choices([...SNIPPET_LANGUAGES]).default("curl"),
    )
    .action(async (name: string, { lang }: { lang: SnippetLanguage }, command) => {
      const client = await connectApi(cli, command);
      const id = await resolveFlow(client, name);
      const flow = await answer(client.http.GET("/api/v1/flows/{id}", { params: { path: { id } } }));
      if (flow.security.signingSecret === "missing")
        cli.say(`The flow has no signing secret yet: millrace flows:signing-secret:set ${name}`);
      cli.output.write(senderSnippet(flow, lang));
    });
};
