import { config, defineIntegration, FatalError, webhook } from "millrace";
import { postEntry } from "./post-entry.ts";
import { parseEvent } from "./parse-event.ts";

/** Takes GitHub's webhooks and keeps one entry for each in a ledger. */
export default defineIntegration({
  key: "github-to-ledger",
  name: "GitHub to ledger",
  description: "Keeps an entry in a ledger for each event of a GitHub repository or organization.",
  config: {
    ledgerUrl: config.string({ label: "Ledger", help: "Its address, as in http://127.0.0.1:8090" }),
    branch: config.string({
      label: "Branch",
      help: "Pushes to other branches are left out; * takes them all.",
      default: "main",
    }),
    events: config.string({
      label: "Events",
      help: "Names as in X-GitHub-Event, separated by commas; empty takes them all.",
      default: "",
      required: false,
    }),
  },
  permissions: { net: ["127.0.0.1"] },
}).flow(
  "push",
  {
    name: "GitHub event",
    trigger: webhook({
      signature: "github",
      apiKeys: "optional",
      dedupe: { header: "X-GitHub-Delivery" },
    }),
    retry: { maxAttempts: 3, delayMs: 60_000, backoff: "exponential" },
  },
  (flow) =>
    flow
      .step("parse", ({ trigger }) => parseEvent(trigger))
      .step("filter", ({ steps, config }) => {
        const { event, branch } = steps.parse;
        const events = config.events.split(",").flatMap((name) => name.trim() || []);
        if (events.length > 0 && !events.includes(event)) {
          return { wanted: false, reason: `event ${event} is not asked for` };
        }
        if (branch !== null && config.branch !== "*" && branch !== config.branch) {
          return { wanted: false, reason: `branch ${branch} is not ${config.branch}` };
        }
        return { wanted: true, reason: "" };
      })
      .step("post", { name: "Post to ledger", timeoutMs: 10_000, retry: { maxAttempts: 5 } }, (context) => {
        const { wanted, reason } = context.steps.filter;
        if (!wanted) return { summary: `skipped: ${reason}`, posted: 0, status: null, entry: null };
        const { ledgerUrl } = context.config;
        if (!URL.canParse(ledgerUrl))
          throw new FatalError(`Config variable ledgerUrl is no URL: ${ledgerUrl}`);
        return postEntry(context.fetch, new URL("/entries", ledgerUrl), context.steps.parse);
      }),
);
