import { defineIntegration, FatalError, reply, RetryableError, webhook } from "millrace";
import { parseCommand } from "./parse-command.ts";

/** A slash command for Slack: acknowledged by the flow's second step, answered when the result is there. */
export default defineIntegration({
  key: "slack-command",
  name: "Slack command",
  permissions: { net: ["status.example:443", "hooks.slack.com:443"] },
}).flow(
  "status",
  {
    trigger: webhook({
      signature: "slack",
      handshake: "slack",
      // Slack takes nothing but 200 within three seconds: the person sees what "acknowledge" says, or else this.
      reply: { step: "acknowledge", withinMs: 2_000 },
      response: { status: 200, body: "Looking it up…" },
    }),
  },
  (flow) =>
    flow
      .step("parse", ({ trigger }) => parseCommand(trigger.body.form()))
      .step("acknowledge", ({ steps }) =>
        reply.json({ response_type: "ephemeral", text: `Looking up ${steps.parse.service}…` }),
      )
      .step("lookUp", { retry: { maxAttempts: 3 } }, async ({ steps, fetch }) => {
        const { service } = steps.parse;
        const response = await fetch(`https://status.example/services/${encodeURIComponent(service)}`);
        if (response.status === 404) return { text: `There is no service "${service}".` };
        if (!response.ok) throw new RetryableError(`The status page answered ${response.status}`);
        const { state } = (await response.json()) as { state: string };
        return { text: `${service} is ${state}.` };
      })
      .step("answer", { retry: { maxAttempts: 3 } }, async ({ steps, fetch }) => {
        const response = await fetch(steps.parse.responseUrl, {
          method: "POST",
          json: { response_type: "ephemeral", text: steps.lookUp.text },
        });
        // A response URL holds for thirty minutes.
        if (response.status === 404) throw new FatalError("Slack no longer takes an answer to this command");
        if (!response.ok) throw new RetryableError(`Slack answered ${response.status}`);
        return { answered: true };
      }),
);
