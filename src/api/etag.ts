import type { Context } from "hono";
import type { AppEnv } from "./app-env.ts";

/** The ETag of an edit (RFC 9110, 8.8.3): strong, since each change raises the number. */
export function setEtag(context: Context<AppEnv>, edit: number): void {
  context.header("ETag", `"${edit}"`);
}

/** The edit that an `If-Match`, checked by `ifMatchHeader`, asks for; undefined for none and for `*`. */
export function editOf(ifMatch: string | undefined): number | undefined {
  return ifMatch === undefined || ifMatch === "*" ? undefined : Number(ifMatch.slice(1, -1));
}
