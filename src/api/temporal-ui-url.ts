import type { Links } from "./api-parts.ts";

/** Where Temporal UI shows a workflow; null where no address of it is known. */
export function temporalUiUrl(links: Links, workflowId: string): string | null {
  if (links.temporalUiUrl === undefined) return null;
  const namespace = encodeURIComponent(links.temporalNamespace);
  return `${links.temporalUiUrl}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}`;
}
