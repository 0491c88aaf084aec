import { testFlow } from "millrace/testing";
import { expect, test } from "vitest";
import greeter from "./greeter.ts";
import next from "./greeter-2.ts";

test("whoever the webhook names is greeted", async () => {
  const ran = await testFlow(greeter, "greet", { payload: { name: "Ada" }, config: { greeting: "Hello" } });
  expect(ran.output).toBe("Hello, Ada!");
});

test("the next version ends as its customer wants, and greets everybody in the morning", async () => {
  const config = { greeting: "Hello", sign: "." };
  const greeted = await testFlow(next, "greet", { payload: { name: "Bo" }, config });
  expect(greeted.output).toBe("Hello, Bo.");
  expect((await testFlow(next, "morning", { config })).output).toBe("Hello, everybody.");
});
