import { html } from "hono/html";
import type { RouteModule } from "../create-app.ts";
import { type ApiDocument, createDocument } from "../openapi-document.ts";
import { renderPage } from "./page.ts";

/** `/api/openapi.json`, and the same to read at `/api/docs`. */
export function apiDocs({ version, publicUrl }: { version: string; publicUrl: string }): RouteModule {
  return (app) => {
    // Routes do not change after the start.
    let known: ApiDocument | undefined;
    const document = (): ApiDocument => (known ??= createDocument(app, { version, publicUrl }));
    app.get("/api/openapi.json", (context) => context.json(document()));
    app.get("/api/docs", (context) => renderPage(context, "Millrace API", renderDocument(document())));
  };
}

const METHODS = ["get", "post", "put", "patch", "delete"] as const;

function renderDocument(document: ApiDocument) {
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

type Operation = NonNullable<NonNullable<ApiDocument["paths"]>[string]["get"]>;

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
