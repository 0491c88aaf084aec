import type { FlowSchedule } from "#contract/api/schedules.ts";
import { answer } from "../api-client.ts";
import { type AddCommand, connectApi, formatOption } from "../create-cli.ts";
import { printOne } from "../output.ts";
import { resolveFlow } from "../resolve-name.ts";

export const addFlowConfigsSchedule: AddCommand = (program, cli) => {
  program
    .command("instances:flow-configs:schedule <flow>")
    .description("show when a flow runs: in words, the next five runs, the last ticks")
    .addOption(formatOption())
    .action(async (name: string, { output: format }, command) => {
      const client = await connectApi(cli, command);
      const flow = await resolveFlow(client, name);
      const schedule = await answer(
        client.http.GET("/api/v1/flows/{id}/schedule", { params: { path: { id: flow } } }),
      );
      printOne(cli.output, { item: schedule, rows: rowsOf(schedule), format });
    });
};

function rowsOf(schedule: FlowSchedule): [string, string | null][] {
  return [
    ["schedule", schedule.words],
    ["state", schedule.state],
    ["cron", schedule.cron],
    ["time zone", schedule.timeZone],
    ["overlap", schedule.overlap],
    ["last missed", schedule.lastMissed],
    ...schedule.nextRuns.map((at, index): [string, string] => [index === 0 ? "next runs" : "", at]),
    ...schedule.ticks.map((tick, index): [string, string] => [
      index === 0 ? "last ticks" : "",
      `${tick.nominalAt}  ${tick.outcome}${tick.executionId === null ? "" : `  ${tick.executionId}`}`,
    ]),
  ];
}
