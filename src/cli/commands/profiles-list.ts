import type { AddCommand } from "../create-cli.ts";
import { addListOptions, showList } from "../list-options.ts";
import { readProfiles } from "../profiles.ts";

export const addProfilesList: AddCommand = (program, cli) => {
  const list = program
    .command("profiles:list")
    .description("list the servers that login keeps; never their tokens");
  addListOptions(list).action(async (view) => {
    const read = async () => {
      const { current, servers } = await readProfiles(cli.config.profileFile);
      return Object.entries(servers).map(([name, { server }]) => ({
        name,
        server,
        current: name === current,
      }));
    };
    await showList(cli, view, { columns: COLUMNS, empty: "No profiles: run millrace login.", read });
  });
};

interface Profile {
  name: string;
  server: string;
  current: boolean;
}
const COLUMNS = [
  { title: "name", value: (profile: Profile) => profile.name },
  { title: "server", value: (profile: Profile) => profile.server },
  { title: "current", value: (profile: Profile) => (profile.current ? "yes" : "no") },
];
