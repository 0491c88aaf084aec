import type { Flow } from "#contract/api/flows.ts";
import { webhookTriggerSchema } from "#contract/webhook.ts";
import { CliError } from "../cli-error.ts";
import { curlSnippet } from "./curl-snippet.ts";
import { nodeSnippet } from "./node-snippet.ts";
import { pythonSnippet } from "./python-snippet.ts";
import { type SigningRecipe, signingRecipe } from "./signing-recipe.ts";

export const SNIPPET_LANGUAGES = ["curl", "node", "python"] as const;
export type SnippetLanguage = (typeof SNIPPET_LANGUAGES)[number];

/** What a snippet is made of, in any language. */
export interface Snippet {
  recipe: SigningRecipe;
  url: string;
  title: string;
  body: string;
}

const WRITERS: Record<SnippetLanguage, (snippet: Snippet) => string> = {
  curl: curlSnippet,
  node: nodeSnippet,
  python: pythonSnippet,
};

/**
 * A program that sends one webhook to a flow, signed as its trigger asks. It takes secrets from its environment: none
 * is part of it, and nobody but the sender needs to know them.
 *
 * @throws CliError where the flow is not begun by webhooks
 */
export function senderSnippet(flow: Flow, language: SnippetLanguage): string {
  const trigger = webhookTriggerSchema.safeParse(flow.trigger);
  if (!trigger.success || flow.removed)
    throw new CliError(`Flow ${flow.key} is ${flow.removed ? "removed" : "not begun by webhooks"}`, {
      remedy: `Run it by hand: millrace instances:flow-configs:test ${flow.id}`,
    });
  const recipe = signingRecipe(trigger.data);
  return WRITERS[language]({
    recipe,
    url: flow.webhookUrl,
    title: `Sends a webhook to flow "${flow.key}" (${recipe.scheme}).`,
    body: '{"hello":"world"}',
  });
}
