import type { RouteModule } from "../create-app.ts";
import { type ApiDocument, createDocument } from "../openapi-document.ts";
import { sendPage } from "./page.ts";
import { renderReference } from "./reference/render-reference.ts";
import { REFERENCE_STYLE } from "./reference/style.ts";

/** `/api/openapi.json`, and the same to read at `/api/docs`. */
export function apiDocs({ version, publicUrl }: { version: string; publicUrl: string }): RouteModule {
  return (app) => {
    // Routes do not change after the start.
    let known: ApiDocument | undefined;
    const document = (): ApiDocument => (known ??= createDocument(app, { version, publicUrl }));
    app.get("/api/openapi.json", (context) => context.json(document()));
    app.get("/api/docs", (context) =>
      sendPage(context, {
        title: "Millrace API",
        style: REFERENCE_STYLE,
        body: renderReference(document()),
      }),
    );
  };
}
