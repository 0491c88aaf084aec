import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import type { EgressFetch } from "#contract/egress.ts";
import { EngineError } from "#contract/errors.ts";

/** Where the tests believe to be. Nothing is sent there: `serveCheckout` answers. */
export const ORIGIN = "https://web-platform.test";

const TYPES: Record<string, string> = {
  ".json": "application/json",
  ".txt": "text/plain",
  ".js": "text/javascript",
};

/** Answers requests with files of the checkout, as its own server does with those that are no programs. */
export function serveCheckout(root: string): EgressFetch {
  return async ({ url }) => {
    const { pathname } = new URL(url);
    const path = normalize(pathname);
    if (path.endsWith(".py"))
      throw new EngineError("engine/unavailable", `${path} is a program of the tests' own server`);
    const body = await readFile(join(root, path)).catch(() => undefined);
    const contentType = TYPES[extname(path)] ?? "application/octet-stream";
    return {
      status: body === undefined ? 404 : 200,
      statusText: body === undefined ? "Not Found" : "OK",
      headers: [["content-type", contentType]],
      body: body ?? new Uint8Array(),
      url,
      redirected: false,
    };
  };
}
