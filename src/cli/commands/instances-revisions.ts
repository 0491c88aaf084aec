import type { Revision } from "#contract/api/instances.ts";
import { answer } from "../api-client.ts";
import { type AddCommand, connectApi } from "../create-cli.ts";
import { addListOptions, showList } from "../list-options.ts";
import { resolveInstance } from "../resolve-name.ts";

export const addInstancesRevisions: AddCommand = (program, cli) => {
  const list = program
    .command("instances:revisions <instance>")
    .description("list what an instance was deployed with, newest first")
    .option("--drafts", "what tests of its draft have run instead");
  addListOptions(list).action(async (name: string, { drafts, ...view }, command) => {
    const client = await connectApi(cli, command);
    const id = await resolveInstance(client, name);
    const params = { path: { id }, query: { drafts: drafts === true ? "true" : "false" } } as const; // as const: one of two words
    const read = async () =>
      (await answer(client.http.GET("/api/v1/instances/{id}/revisions", { params }))).items;
    const empty = drafts === true ? "No draft was tested yet." : "Not deployed yet.";
    await showList(cli, view, { columns: COLUMNS, empty, read });
  });
};

const COLUMNS = [
  { title: "number", value: ({ draft, number }: Revision) => (draft ? `draft ${number}` : number) },
  { title: "version", value: (revision: Revision) => revision.version },
  { title: "current", value: (revision: Revision) => (revision.current ? "yes" : "") },
  { title: "made", value: (revision: Revision) => revision.createdAt },
  { title: "note", value: (revision: Revision) => revision.note },
  { title: "id", value: (revision: Revision) => revision.id },
];
