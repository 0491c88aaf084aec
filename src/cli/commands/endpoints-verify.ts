import type { SignatureCheck } from "#contract/api/signature-check.ts";
import { answer } from "../api-client.ts";
import { CliError } from "../cli-error.ts";
import { collectHeaders } from "../collect-headers.ts";
import { type AddCommand, connectApi, formatOption } from "../create-cli.ts";
import { printOne } from "../output.ts";
import { readBody } from "../read-body.ts";
import { resolveFlow } from "../resolve-name.ts";

export const addEndpointsVerify: AddCommand = (program, cli) => {
  program
    .command("endpoints:verify <flow>")
    .description(
      "say why a webhook's signature fits or not: what is expected beside what was sent; nothing is stored, nothing runs; exit code 1 where it is refused",
    )
    .option(
      "--header <header>",
      "as it was sent, 'Name: value' or name=value; may be given several times",
      collectHeaders,
    )
    .option("--body-file <file>", "the body byte for byte; - is standard input; empty where it is left out")
    .option("--at <time>", "when it arrived, ISO 8601 with its zone; now where it is left out")
    .addOption(formatOption())
    .action(async (name: string, { header: headers, bodyFile, at, output: format }, command) => {
      const client = await connectApi(cli, command);
      const id = await resolveFlow(client, name);
      const body = bodyFile === undefined ? "" : (await readBody(bodyFile)).toString("base64");
      const check = await answer(
        client.http.POST("/api/v1/flows/{id}/verify-signature", {
          params: { path: { id } },
          body: { headers, body, encoding: "base64", receivedAt: at },
        }),
      );
      printOne(cli.output, { item: check, rows: rowsOf(check), format });
      if (!check.verified) throw new CliError(`The signature is refused: ${check.reason}`);
    });
};

function rowsOf(check: SignatureCheck): [name: string, value: string | number | null][] {
  const { time, algorithm } = check;
  return [
    ["scheme", check.scheme],
    ["verdict", check.verified ? "the signature is right" : "refused"],
    ["reason", check.reason],
    ...check.causes.map((cause, index): [string, string] => [index === 0 ? "cause" : "", cause]),
    ["header", check.header],
    ["received", check.received],
    ["expected", check.expected],
    ["signed by", algorithm && `${algorithm}, with the secret ********`],
    // Quoted: line ends and other characters that nobody sees are what often differs.
    ["base string", check.baseString === null ? null : JSON.stringify(check.baseString)],
    ["its bytes", check.baseStringBytes],
    ["its SHA-256", check.baseStringSha256],
    ["time", time && `${time.header} ${time.value ?? "missing"}, ${time.toleranceMs / 1_000} s are allowed`],
  ];
}
