import { expect, test } from "vitest";
import { assertSucceeded } from "#cli/assert-succeeded.ts";
import { CliError } from "#cli/cli-error.ts";

const refusalOf = (state: string): unknown => {
  try {
    return assertSucceeded({ id: "x", state });
  } catch (error) {
    return error;
  }
};

test("a failed execution is told with the two ways on, any other end as it is", () => {
  expect(refusalOf("succeeded")).toBeUndefined();
  const failed = refusalOf("failed");
  expect(failed).toBeInstanceOf(CliError);
  expect(failed).toMatchObject({
    message: "Execution x is failed",
    remedy: expect.stringMatching(/executions:resume x; .*replay-local x/),
  });
  expect(refusalOf("cancelled")).toMatchObject({ message: "Execution x is cancelled", remedy: undefined });
});
