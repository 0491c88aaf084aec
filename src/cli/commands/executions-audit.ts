import { Option } from "commander";
import { auditLine, type AuditSubject } from "#contract/audit-line.ts";
import type { Access } from "#contract/api/audit.ts";
import { answer, type ApiClient } from "../api-client.ts";
import { type AddCommand, connectApi } from "../create-cli.ts";
import { addListOptions, showList } from "../list-options.ts";

export const addExecutionsAudit: AddCommand = (program, cli) => {
  const list = program
    .command("executions:audit <execution>")
    .description("show what an execution's steps accessed, and what they were refused")
    .addOption(new Option("--denied", "only what was refused").conflicts("granted"))
    .addOption(new Option("--granted", "only what was allowed"))
    .addOption(new Option("--jsonl", "a line of JSON each, as Deno's DENO_AUDIT_PERMISSIONS writes them"));
  addListOptions(list).action(async (id: string, { denied, granted, jsonl, ...view }, command) => {
    const client = await connectApi(cli, command);
    const only = denied === true ? "false" : granted === true ? "true" : undefined;
    const read = async () => {
      const audit = await readAudit(client, id, only);
      if (audit.dropped > 0)
        cli.say(`${audit.dropped} more were not kept: each try of a step keeps its first ones.`);
      return audit;
    };
    if (jsonl !== true)
      return showList(cli, view, {
        columns: COLUMNS,
        empty: "It accessed nothing.",
        read: async () => (await read()).items,
      });
    const { items, organizationId } = await read();
    for (const access of items) cli.output.write(`${toLine(access, { organizationId, executionId: id })}\n`);
  });
};

async function readAudit(client: ApiClient, id: string, granted: "true" | "false" | undefined) {
  const items: Access[] = [];
  let cursor: string | undefined;
  for (;;) {
    const page = await answer(
      client.http.GET("/api/v1/executions/{id}/audit", {
        params: { path: { id }, query: { cursor, granted, limit: PAGE } },
      }),
    );
    items.push(...page.items);
    if (page.nextCursor === null) return { ...page, items };
    cursor = page.nextCursor;
  }
}
const PAGE = 1_000;

function toLine(
  { at, permission, value, granted, address, reason, path }: Access,
  subject: AuditSubject,
): string {
  const record = {
    atMs: Date.parse(at),
    permission,
    value,
    granted,
    ...(address === null ? {} : { address }),
    ...(reason === null ? {} : { reason }),
  };
  return auditLine(record, { ...subject, step: path });
}

const COLUMNS = [
  { title: "at", value: (access: Access) => access.at },
  { title: "step", value: (access: Access) => access.path },
  { title: "try", value: (access: Access) => access.stepAttempt },
  { title: "access", value: (access: Access) => (access.granted ? "granted" : "denied") },
  { title: "permission", value: (access: Access) => access.permission },
  { title: "value", value: (access: Access) => access.value },
  { title: "address", value: (access: Access) => access.address },
  { title: "reason", value: (access: Access) => access.reason },
];
