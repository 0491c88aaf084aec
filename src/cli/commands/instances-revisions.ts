import type { Revision } from "#contract/api/instances.ts";
import { type AddCommand, connectApi, limitOption } from "../create-cli.ts";
import { addListOptions, showList } from "../list-options.ts";
import { resolveInstance } from "../resolve-name.ts";

export const addInstancesRevisions: AddCommand = (program, cli) => {
  const list = program
    .command("instances:revisions <instance>")
    .description("list what was deployed, newest first: what instances:rollback can go back to")
    .option("--drafts", "what tests of its draft have run instead")
    .addOption(limitOption());
  addListOptions(list).action(async (name: string, { drafts = false, limit, ...view }, command) => {
    const client = await connectApi(cli, command);
    const id = await resolveInstance(client, name);
    const query = { drafts: drafts ? "true" : "false" } as const; // as const: one of two words
    await showList(cli, view, {
      columns: COLUMNS,
      empty: drafts ? "No draft was tested yet." : "Nothing was deployed yet.",
      read: () => client.list("/api/v1/instances/{id}/revisions", { path: { id }, query, limit }),
    });
  });
};

const COLUMNS = [
  { title: "revision", value: ({ draft, number }: Revision) => (draft ? `draft ${number}` : number) },
  { title: "version", value: (revision: Revision) => revision.version },
  { title: "deployed", value: (revision: Revision) => (revision.current ? "now" : "") },
  { title: "note", value: (revision: Revision) => revision.note },
  { title: "by", value: (revision: Revision) => revision.createdBy },
  { title: "created", value: (revision: Revision) => revision.createdAt },
];
