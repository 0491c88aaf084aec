import { findReplyProblem, type FlowReply } from "#contract/flow-reply.ts";

export interface ReplyOptions {
  /** 200 to 599; default 200. */
  status?: number;
  headers?: Record<string, string>;
}

/**
 * What the sender of a webhook gets, as the output of the step that the trigger's `reply` names. Throws `TypeError` for
 * a status or a header that cannot be sent.
 */
export const reply = {
  json: (value: unknown, options: ReplyOptions = {}): FlowReply =>
    replyOf(JSON.stringify(value) ?? "null", "application/json", options),
  text: (body: string, options: ReplyOptions = {}): FlowReply =>
    replyOf(body, "text/plain; charset=utf-8", options),
};

function replyOf(body: string, contentType: string, { status = 200, headers = {} }: ReplyOptions): FlowReply {
  const lowered = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  const made: FlowReply = {
    status,
    headers: { "content-type": contentType, ...Object.fromEntries(lowered) },
    body,
  };
  const problem = findReplyProblem(made);
  if (problem !== undefined) throw new TypeError(`This reply cannot be sent: ${problem}`);
  return made;
}
