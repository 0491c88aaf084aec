import { FatalError } from "millrace";

export interface Command {
  service: string;
  /** Where the answer is posted to. */
  responseUrl: string;
}

/** Throws FatalError for what Slack does not send: trying again would not change it. */
export function parseCommand(form: URLSearchParams): Command {
  const responseUrl = form.get("response_url");
  if (responseUrl === null || !URL.canParse(responseUrl))
    throw new FatalError("This is no slash command: it has no response_url");
  return { service: (form.get("text") ?? "").trim() || "website", responseUrl };
}
