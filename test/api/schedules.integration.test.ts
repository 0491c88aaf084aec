import { afterAll, beforeAll, expect, test } from "vitest";
import type { DefinitionInput } from "#contract/definition.ts";
import {
  deployExample,
  EXAMPLE_DEFINITION,
  expectOk,
  startTestApi,
  type TestApi,
} from "../support/test-api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.stop());

const definition: DefinitionInput = {
  ...EXAMPLE_DEFINITION,
  key: "nightly",
  config: {
    url: { type: "string", label: "URL" },
    when: { type: "string", label: "When", default: "30 2 * * *" },
    zone: { type: "string", label: "Zone", required: false },
  },
  flows: [
    {
      key: "nightly",
      trigger: { type: "schedule", timetable: { cron: { config: "when" } }, timeZone: "Europe/Berlin" },
      steps: [{ type: "step", key: "only" }],
    },
    {
      key: "elsewhere",
      trigger: { type: "schedule", timetable: { cron: "0 6 * * 1" }, timeZone: { config: "zone" } },
      steps: [{ type: "step", key: "only" }],
    },
    { key: "ping", trigger: { type: "webhook" }, steps: [{ type: "step", key: "only" }] },
  ],
};

test("a schedule's life: deployed, shown, changed by a config variable, paused, gone with its instance", async () => {
  const { instance, flows } = await deployExample(api.call, definition);
  const flow = (key: string) => flows.find((each: { key: string }) => each.key === key);
  expect(flow("nightly").schedule).toMatchObject({ state: "on", words: "At 02:30 (Europe/Berlin)" });
  expect(flow("elsewhere").schedule).toEqual({ state: "off", words: null, nextRun: null });
  expect(flow("ping").schedule).toBeNull();

  const path = `/flows/${flow("nightly").id}/schedule`;
  const shown = await expectOk(api.call("GET", path));
  expect(shown).toMatchObject({ cron: "30 2 * * *", overlap: "skip", ticks: [], lastMissed: null });
  expect(shown.nextRuns).toHaveLength(5);
  expect(shown.nextRuns[0]).toBe(shown.nextRun);
  expect((await api.call("GET", `/flows/${flow("ping").id}/schedule`)).body.detail).toContain(
    "webhook trigger",
  );

  const values = { url: "https://x.example", when: "0 5 * * *", zone: "Asia/Tokyo" };
  const bad = await api.call("PUT", `/instances/${instance.id}/config`, {
    values: { ...values, when: "0 5 *" },
  });
  expect(bad).toMatchObject({
    status: 400,
    body: { field: "when", detail: expect.stringContaining("five fields") },
  });
  await expectOk(api.call("PUT", `/instances/${instance.id}/config`, { values }));
  expect(await expectOk(api.call("GET", path))).toMatchObject({ cron: "30 2 * * *" });
  await expectOk(api.call("POST", `/instances/${instance.id}/deploy`, {}));
  expect(await expectOk(api.call("GET", path))).toMatchObject({ cron: "0 5 * * *" });
  expect(await expectOk(api.call("GET", `/flows/${flow("elsewhere").id}/schedule`))).toMatchObject({
    state: "on",
    timeZone: "Asia/Tokyo",
    words: "At 06:00, only on Monday (Asia/Tokyo)",
  });

  const paused = await expectOk(api.call("POST", `/instances/${instance.id}/pause`, { reason: "Moving" }));
  expect(paused).toMatchObject({ pauseReason: "Moving", pausedBy: expect.any(String) });
  expect(await expectOk(api.call("GET", path))).toMatchObject({ state: "paused", nextRun: null });
  await expectOk(api.call("POST", `/instances/${instance.id}/unpause`, {}));
  expect(await expectOk(api.call("GET", path))).toMatchObject({ state: "on" });

  expect((await api.call("DELETE", `/instances/${instance.id}?confirm=Main`)).status).toBe(202);
  const rows = await api.database.db.selectFrom("schedules").selectAll().execute();
  expect(rows).toEqual([]);
});
