import { expect, test } from "vitest";
import { findCronProblem } from "#contract/cron.ts";

test.each(["* * * * *", "0 3 * * *", "*/15 8-18 * * mon-fri", "0 0 1,15 JAN-MAR 7", "5-55/10 * * * 0,6"])(
  "%s is a cron expression",
  (expression) => {
    expect(findCronProblem(expression)).toBeUndefined();
  },
);

test.each([
  ["", "has 0"],
  ["* * * *", "has 4"],
  ["0 0 3 * * *", "has 6"],
  ["60 * * * *", 'minute "60"'],
  ["* 24 * * *", 'hour "24"'],
  ["* * 0 * *", 'day of the month "0"'],
  ["* * * 13 *", 'month "13"'],
  ["* * * * 8", 'day of the week "8"'],
  ["*/0 * * * *", 'minute "*/0"'],
  ["30-10 * * * *", 'minute "30-10"'],
  ["1,,2 * * * *", 'minute ""'],
  ["* * * FOO *", 'month "FOO"'],
  ["@daily", "has 1"],
])("%s is refused with the field at fault", (expression, problem) => {
  expect(findCronProblem(expression)).toContain(problem);
});
