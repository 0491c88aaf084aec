import type { OpenAPIHono } from "@hono/zod-openapi";
import { html } from "hono/html";
import type { AppEnv } from "../app-env.ts";
import type { RouteModule } from "../create-app.ts";
import { renderPage } from "./page.ts";

type Document = ReturnType<OpenAPIHono["getOpenAPI31Document"]>;

/** `/api/openapi.json`, and the same to read at `/api/docs`. */
export function apiDocs({ version, publicUrl }: { version: string; publicUrl: string }): RouteModule {
  return (app) => {
    // Routes do not change after the start.
    let known: Document | undefined;
    const document = (): Document => (known ??= createDocument(app, { version, publicUrl }));
    app.get("/api/openapi.json", (context) => context.json(document()));
    app.get("/api/docs", (context) => renderPage(context, "Millrace API", renderDocument(document())));
  };
}

function createDocument(app: OpenAPIHono<AppEnv>, info: { version: string; publicUrl: string }): Document {
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

const METHODS = ["get", "post", "put", "patch", "delete"] as const;

function renderDocument(document: Document) {
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [{ method, path, operation }];
    }),
  );
  const tags = [...new Set(operations.map(({ operation }) => operation.tags?.[0] ?? "other"))].sort();
  return html`<p>${document.info.description ?? ""} <a href="/api/openapi.json">OpenAPI 3.1</a></p>
    ${tags.map(
      (tag) =>
        html`<h2>${tag}</h2>
          ${operations.filter(({ operation }) => (operation.tags?.[0] ?? "other") === tag).map(renderOperation)}`,
    )}
    <h2>Schemas</h2>
    ${Object.entries(document.components?.schemas ?? {}).map(
      ([name, schema]) =>
        html`<details id="${name}">
          <summary><code>${name}</code></summary>
          <pre>${JSON.stringify(schema, null, 2)}</pre>
        </details>`,
    )}`;
}

type Operation = NonNullable<NonNullable<Document["paths"]>[string]["get"]>;

function renderOperation(entry: { method: string; path: string; operation: Operation }) {
  const { method, path, operation } = entry;
  const { parameters, requestBody, responses } = operation;
  return html`<details>
    <summary>
      <code><span class="method">${method.toUpperCase()}</span>${path}</code> ${operation.summary ?? ""}
    </summary>
    <p>${operation.description ?? ""}</p>
    <pre>${JSON.stringify({ parameters, requestBody, responses }, null, 2)}</pre>
  </details>`;
}
