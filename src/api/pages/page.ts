import { html } from "hono/html";
import type { Context } from "hono";
import type { AppEnv } from "../app-env.ts";

type Markup = ReturnType<typeof html>;

const STYLE = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:3rem auto;padding:0 1rem}
code,pre{font:14px/1.5 ui-monospace,monospace}pre{overflow:auto;padding:.75rem;border:1px solid #8886;border-radius:.4rem}
summary{cursor:pointer;padding:.25rem 0}.method{display:inline-block;min-width:4.5rem;font-weight:600}`;

/** A plain page of ours: no script, nothing from elsewhere. */
export async function renderPage(context: Context<AppEnv>, title: string, body: Markup): Promise<Response> {
  context.header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
  context.header("Referrer-Policy", "no-referrer");
  context.header("X-Content-Type-Options", "nosniff");
  return context.html(
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width" />
          <title>${title}</title>
          <style>
            ${STYLE}
          </style>
        </head>
        <body>
          <h1>${title}</h1>
          ${body}
        </body>
      </html>`,
  );
}
