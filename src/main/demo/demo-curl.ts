import { createHmac, randomUUID } from "node:crypto";

/**
 * A command that sends a push as GitHub would, signed. Each call has a delivery id of its own: the same command twice
 * is one delivery, and is answered with the same execution.
 */
export function demoCurl(push: {
  webhookUrl: string;
  signingSecret: string;
  payload: Uint8Array;
  payloadFile: string;
}): string {
  const signature = createHmac("sha256", push.signingSecret).update(push.payload).digest("hex");
  const headers = [
    "Content-Type: application/json",
    "X-GitHub-Event: push",
    `X-GitHub-Delivery: ${randomUUID()}`,
    `X-Hub-Signature-256: sha256=${signature}`,
  ];
  return [
    `curl -X POST ${quote(push.webhookUrl)}`,
    ...headers.map((header) => `-H ${quote(header)}`),
    `--data-binary ${quote(`@${push.payloadFile}`)}`,
  ].join(" \\\n    ");
}

/** As one word of a POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
