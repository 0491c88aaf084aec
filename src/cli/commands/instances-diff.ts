import type { Command } from "commander";
import type { Diff } from "#contract/api/diff.ts";
import { describeWidening } from "#contract/permission-sets.ts";
import { answer } from "../api-client.ts";
import { type AddCommand, connectApi, formatOption } from "../create-cli.ts";
import { type Format, printList, printOne } from "../output.ts";
import { resolveInstance } from "../resolve-name.ts";

type Given = [instance: string, from: string | undefined, to: string | undefined, Options, Command];
interface Options {
  output: Format;
}
interface DiffRow {
  what: string;
  name: string;
  change: string;
  detail: string;
}

export const addInstancesDiff: AddCommand = (program, cli) => {
  program
    .command("instances:diff <instance> [from] [to]")
    .description("compare revisions (3), versions (v4) and the draft; else what is deployed with the draft")
    .addOption(formatOption())
    .action(async (...[name, from, to, { output: format }, command]: Given) => {
      const client = await connectApi(cli, command);
      const id = await resolveInstance(client, name);
      const diff = await answer(
        client.http.GET("/api/v1/instances/{id}/diff", {
          params: { path: { id }, query: { ...(from && { from }), ...(to && { to }) } },
        }),
      );
      if (format !== "table" && format !== "csv")
        return printOne(cli.output, { item: diff, rows: [], format });
      const columns = (["what", "name", "change", "detail"] as const).map((title) => ({
        title,
        value: (row: DiffRow) => row[title],
      }));
      printList(cli.output, { items: rowsOf(diff), columns, format, empty: "No difference." });
    });
};

function rowsOf({ config, permissions, flows, missing }: Diff): DiffRow[] {
  const text = (value: unknown) => JSON.stringify(value) ?? "";
  return [
    ...config.map(({ key: name, change, fields, before, after }) => ({
      what: "config",
      name,
      change,
      detail: [
        fields.join(", "),
        fields.includes("type") ? `${before?.type} → ${after?.type}` : "",
        fields.includes("value") ? `${text(before?.value)} → ${text(after?.value)}` : "",
      ]
        .filter((part) => part !== "")
        .join("; "),
    })),
    ...permissions.gained.map((rule) => permissionRow(rule, "gained")),
    ...permissions.lost.map((rule) => permissionRow(rule, "lost")),
    ...flows.flatMap(({ key, change, fields, steps }) => [
      { what: "flow", name: key, change, detail: fields.join(", ") },
      ...steps.map((step) => ({
        what: "step",
        name: `${key}.${step.key}`,
        change: step.change,
        detail: step.fields.join(", "),
      })),
    ]),
    ...missing.map(({ field, message }) => ({ what: "missing", name: field, change: "", detail: message })),
  ];
}

function permissionRow(rule: Diff["permissions"]["gained"][number], change: string): DiffRow {
  return { what: "permission", name: describeWidening(rule), change, detail: "" };
}
