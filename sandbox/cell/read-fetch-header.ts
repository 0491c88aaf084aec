import type { FetchHeader } from "../protocol.ts";

/**
 * The texts of a request that the guest has written, and nothing else of it: what is nested deep would be copied from
 * thread to thread to process, each of which may run out of stack over it. What the texts mean is the host's to check.
 */
export function readFetchHeader(claimed: unknown): FetchHeader | undefined {
  if (typeof claimed !== "object" || claimed === null) return undefined;
  const { id, url, method, headers, redirect, bodyEncoding } = claimed as Record<string, unknown>; // checked below
  if (!Number.isSafeInteger(id) || typeof url !== "string" || typeof method !== "string") return undefined;
  if (!Array.isArray(headers)) return undefined;
  const pairs: [string, string][] = [];
  for (const pair of headers as unknown[]) {
    if (!Array.isArray(pair) || typeof pair[0] !== "string" || typeof pair[1] !== "string") return undefined;
    pairs.push([pair[0], pair[1]]);
  }
  return {
    id: Number(id),
    url,
    method,
    headers: pairs,
    redirect: redirect === "manual" || redirect === "error" ? redirect : "follow",
    ...(bodyEncoding === "utf8" || bodyEncoding === "base64" ? { bodyEncoding } : {}),
    lengths: [],
  };
}
