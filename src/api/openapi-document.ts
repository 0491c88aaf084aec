import type { OpenAPIHono } from "@hono/zod-openapi";
import type { AppEnv } from "./app-env.ts";

export type ApiDocument = ReturnType<OpenAPIHono["getOpenAPI31Document"]>;

/** What an app's routes say of themselves, as OpenAPI 3.1. */
export function createDocument(
  app: OpenAPIHono<AppEnv>,
  info: { version: string; publicUrl: string },
): ApiDocument {
  app.openAPIRegistry.registerComponent("securitySchemes", "token", {
    type: "http",
    scheme: "bearer",
    description: "An API token, or a session's token",
  });
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Millrace",
      version: info.version,
      description:
        "Errors are problem documents (RFC 9457) with a stable code; docs/errors.md lists them. Lists are read page by page with cursor and limit.",
    },
    servers: [{ url: info.publicUrl }],
  });
}
