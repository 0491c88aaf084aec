import { Option } from "commander";
import type { LogLine } from "#contract/api/executions.ts";
import { SEVERITIES } from "#contract/logs.ts";
import { type AddCommand, connectApi } from "../create-cli.ts";
import { followExecution, readLogs } from "../follow-execution.ts";
import { addListOptions, showList } from "../list-options.ts";
import { showLogLine } from "../show-execution.ts";

export const addExecutionsLogs: AddCommand = (program, cli) => {
  const list = program
    .command("executions:logs <execution>")
    .description("show what an execution logged, oldest first")
    .addOption(new Option("--severity <severity>", "this and above").choices([...SEVERITIES]))
    .option("--text <text>", "part of the message")
    .option("--follow", "until it has ended");
  addListOptions(list).action(async (id: string, { severity, text, follow, ...view }, command) => {
    const client = await connectApi(cli, command);
    const least = severity === undefined ? 0 : SEVERITIES.indexOf(severity);
    if (follow === true) {
      const onLogs = (items: LogLine[]) =>
        items
          .filter((line) => SEVERITIES.indexOf(line.severity) >= least && line.message.includes(text ?? ""))
          .forEach((line) => cli.output.write(showLogLine(line)));
      await followExecution(client, id, { signal: cli.signal, onLogs });
      return;
    }
    const read = async () => {
      const items: LogLine[] = [];
      await readLogs(client, { id, severity, text, onLogs: (lines) => items.push(...lines) });
      return items;
    };
    await showList(cli, view, { columns: COLUMNS, empty: "It logged nothing.", read });
  });
};

const COLUMNS = [
  { title: "at", value: (line: LogLine) => line.at },
  { title: "severity", value: (line: LogLine) => line.severity },
  { title: "step", value: (line: LogLine) => line.path },
  { title: "message", value: (line: LogLine) => line.message },
];
