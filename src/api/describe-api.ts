import { createApiModules } from "./api-modules.ts";
import type { ApiParts } from "./api-parts.ts";
import { createRouter } from "./create-router.ts";
import { API_BASE } from "./define-route.ts";
import { type ApiDocument, createDocument } from "./openapi-document.ts";

/** The description without a running api: for what is generated from it. */
export function describeApi(): ApiDocument {
  const api = createRouter();
  // Routes are described, and no handler runs: nothing looks into the parts.
  for (const add of createApiModules({} as ApiParts)) add(api);
  const app = createRouter();
  app.route(API_BASE, api);
  return createDocument(app, { version: "0", publicUrl: "http://localhost:8080" });
}
