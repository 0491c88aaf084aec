import type { Approval } from "#contract/api/approvals.ts";
import { describeWidening } from "#contract/permission-sets.ts";
import { type AddCommand, connectApi, limitOption } from "../create-cli.ts";
import { addListOptions, showList } from "../list-options.ts";
import { resolveInstance } from "../resolve-name.ts";

export const addInstancesApprovals: AddCommand = (program, cli) => {
  const list = program
    .command("instances:approvals <instance>")
    .description("list what was approved for an instance beyond what it had, by whom")
    .addOption(limitOption());
  addListOptions(list).action(async (name: string, { limit, ...view }, command) => {
    const client = await connectApi(cli, command);
    const id = await resolveInstance(client, name);
    await showList(cli, view, {
      columns: COLUMNS,
      empty: "Nothing was approved yet.",
      read: () => client.list("/api/v1/instances/{id}/approvals", { path: { id }, limit }),
    });
  });
};

const COLUMNS = [
  { title: "version", value: (approval: Approval) => approval.version },
  { title: "may now", value: ({ widens }: Approval) => widens.map(describeWidening).join(", ") },
  { title: "note", value: (approval: Approval) => approval.note },
  { title: "by", value: (approval: Approval) => approval.approvedBy },
  { title: "at", value: (approval: Approval) => approval.approvedAt },
];
