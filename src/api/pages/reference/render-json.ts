import { html } from "hono/html";

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?/g;

/** An example with its names, texts and values told apart. Text, such as of events, is shown as it is. */
export function renderJson(value: unknown) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  if (typeof value === "string") return html`<pre tabindex="0">${text}</pre>`;
  const parts: ReturnType<typeof html>[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [token, quoted, colon] = match;
    const kind = quoted === undefined ? "literal" : colon === undefined ? "text" : "name";
    parts.push(html`${text.slice(end, match.index)}<span class="${kind}">${quoted ?? token}</span>`);
    end = match.index + (quoted ?? token).length;
  }
  parts.push(html`${text.slice(end)}`);
  return html`<pre tabindex="0">${parts}</pre>`;
}
