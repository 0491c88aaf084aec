import { config, defineIntegration, webhook } from "millrace";

/** What `docs/tour.md` publishes first. */
export default defineIntegration({
  key: "greeter",
  name: "Greeter",
  description: "Greets whoever a webhook names",
  config: {
    greeting: config.string({ label: "Greeting" }),
  },
}).flow("greet", { trigger: webhook({ whenPaused: "hold" }) }, (flow) =>
  flow.step("greet", ({ config: { greeting }, trigger }) => {
    const { name } = trigger.body.json() as { name: string };
    return `${greeting}, ${name}!`;
  }),
);
