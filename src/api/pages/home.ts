import { html } from "hono/html";
import { EngineError } from "#contract/errors.ts";
import { isId } from "#contract/ids.ts";
import type { Links } from "../api-parts.ts";
import type { RouteModule } from "../create-app.ts";
import { renderPage } from "./page.ts";

/** What a browser finds here. Nobody is asked who they are, so nothing of an organization is shown. */
export function homePages({ links }: { links: Links }): RouteModule {
  const temporalUi =
    links.temporalUiUrl === undefined
      ? html``
      : html`<li><a href="${links.temporalUiUrl}">Temporal UI</a>: the history of each execution</li>`;
  return (app) => {
    app.get("/", (context) =>
      renderPage(
        context,
        "Millrace",
        html`<p>This is the api of Millrace, which runs integrations for each customer.</p>
          <ul>
            <li>
              <a href="/api/docs">API documentation</a>, and its <a href="/api/openapi.json">OpenAPI</a>
            </li>
            ${temporalUi}
            <li><a href="/readyz">Whether this process is ready</a></li>
          </ul>
          <p>On the command line: <code>bin/millrace --help</code></p>`,
      ),
    );
    app.get("/executions/:id", (context) => {
      const id = context.req.param("id");
      if (!isId(id)) throw new EngineError("request/not-found", "That is not the id of an execution");
      return renderPage(
        context,
        "Execution",
        html`<p><code>${id}</code></p>
          <p>What it did is shown to those with a token of its organization:</p>
          <pre>
bin/millrace executions:get ${id}
bin/millrace executions:logs ${id} --follow
curl -H "Authorization: Bearer $TOKEN" ${links.publicUrl}/api/v1/executions/${id}</pre>`,
      );
    });
  };
}
