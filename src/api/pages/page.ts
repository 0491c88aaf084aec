import { html, raw } from "hono/html";
import type { Context } from "hono";
import { hash } from "node:crypto";
import type { AppEnv } from "../app-env.ts";

type Markup = ReturnType<typeof html>;

export interface Page {
  title: string;
  style: string;
  body: Markup;
}

const STYLE = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:3rem auto;padding:0 1rem}
code,pre{font:14px/1.5 ui-monospace,monospace}pre{overflow:auto;padding:.75rem;border:1px solid #8886;border-radius:.4rem}`;

/** A plain page of ours. */
export function renderPage(context: Context<AppEnv>, title: string, body: Markup): Promise<Response> {
  return sendPage(context, {
    title,
    style: STYLE,
    body: html`<h1>${title}</h1>
      ${body}`,
  });
}

/** A page without scripts and with nothing from elsewhere; a browser takes this very style and no other. */
export async function sendPage(context: Context<AppEnv>, { title, style, body }: Page): Promise<Response> {
  const allowed = `'sha256-${hash("sha256", style, "base64")}'`;
  context.header(
    "Content-Security-Policy",
    `default-src 'none'; style-src ${allowed}; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  );
  context.header("Referrer-Policy", "no-referrer");
  context.header("X-Content-Type-Options", "nosniff");
  return context.html(
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width" />
          <title>${title}</title>
          ${raw(`<style>${style}</style>`)}
          <link rel="icon" href="data:," />
        </head>
        <body>
          ${body}
        </body>
      </html>`,
  );
}
