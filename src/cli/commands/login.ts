import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { answer, createApiClient } from "../api-client.ts";
import { findServer } from "../find-server.ts";
import type { AddCommand } from "../create-cli.ts";

/** Keeps a server and its token for later calls, in a file that only this user reads. */
export const addLogin: AddCommand = (program, cli) => {
  program
    .command("login")
    .description("keep --server and --token for later calls, once they are tried")
    .action(async (_options, command) => {
      const server = await findServer(cli.config, command.optsWithGlobals());
      const me = await answer(createApiClient(server).http.GET("/api/v1/me"));
      const file = cli.config.profileFile;
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await writeFile(file, `${JSON.stringify({ server: server.url, token: server.token }, null, 2)}\n`, {
        mode: 0o600,
      });
      // A file that was there keeps its mode.
      await chmod(file, 0o600);
      cli.output.write(`Logged in to ${server.url} as ${me.role} of organization ${me.organizationId}.\n`);
    });
};
