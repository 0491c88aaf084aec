import { config, cron, defineIntegration, webhook } from "millrace";

/** The next version of `greeter.ts`: `sign` is new and has no default, the flow `morning` runs by itself. */
export default defineIntegration({
  key: "greeter",
  name: "Greeter",
  description: "Greets whoever a webhook names, and everybody in the morning",
  config: {
    greeting: config.string({ label: "Greeting" }),
    sign: config.string({ label: "Sign", help: "What a greeting ends with" }),
  },
})
  .flow("greet", { trigger: webhook({ whenPaused: "hold" }) }, (flow) =>
    flow.step("greet", ({ config: { greeting, sign }, trigger }) => {
      const { name } = trigger.body.json() as { name: string };
      return `${greeting}, ${name}${sign}`;
    }),
  )
  .flow("morning", { trigger: cron("0 7 * * *", { timeZone: "Europe/Paris" }) }, (flow) =>
    flow.step("greet", ({ config: { greeting, sign } }) => `${greeting}, everybody${sign}`),
  );
