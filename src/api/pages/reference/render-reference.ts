import { html } from "hono/html";
import { ERROR_CODES } from "#contract/errors.ts";
import type { ApiDocument } from "../../openapi-document.ts";
import type { Schema } from "../../description-schema.ts";
import { type Operation, readDescription } from "./read-description.ts";
import { renderOperation } from "./render-operation.ts";
import { renderFields, schemaAnchor } from "./render-schema.ts";

/** What each resource is, in the order in which one meets them; a new one comes last, without words. */
const RESOURCES: Record<string, string> = {
  me: "Who the token is.",
  customers: "Those for whom integrations run.",
  integrations: "What was published, version by version. Versions never change.",
  instances: "An integration at one version, configured and deployed for one customer.",
  flows: "What an instance runs: its endpoints, their keys and secrets, its schedules, tests.",
  executions: "Each run of a flow: its steps, logs and payload, and what can be done about it.",
  logs: "What steps have logged, over all executions.",
  jobs: "One change of many instances, with what it came to for each.",
  events: "What changes, as it happens.",
  tokens: "Who may call the API.",
};

export function renderReference(document: ApiDocument) {
  const { groups, schemas } = readDescription(document);
  const known = Object.keys(RESOURCES).filter((name) => groups.has(name));
  const names = [...known, ...[...groups.keys()].filter((name) => !known.includes(name))];
  const operationsOf = (name: string): Operation[] => groups.get(name) ?? [];
  return html`<nav aria-label="Calls">
      <p class="brand"><a href="#top">Millrace API</a></p>
      <ul>
        ${names.map((name) => renderIndex(name, operationsOf(name)))}
        <li><a href="#schemas">Schemas</a></li>
        <li><a href="#problems">Problems</a></li>
      </ul>
    </nav>
    <main id="top">
      ${renderIntroduction(document)}
      ${names.map(
        (name) =>
          html`<section class="resource" id="${name}">
            <h2>${titleOf(name)}</h2>
            <p>${RESOURCES[name] ?? ""}</p>
            ${operationsOf(name).map(renderOperation)}
          </section>`,
      )}
      ${renderSchemas(schemas)} ${renderProblems()}
    </main>`;
}

function titleOf(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1).replaceAll("-", " ");
}

function renderIndex(name: string, operations: readonly Operation[]) {
  return html`<li>
    <a href="#${name}">${titleOf(name)}</a>
    <ul>
      ${operations.map(
        ({ anchor, method, path }) =>
          html`<li>
            <a href="#${anchor}"
              ><span class="method ${method.toLowerCase()}">${method}</span
              ><span>${path.replace("/api/v1", "")}</span></a
            >
          </li>`,
      )}
    </ul>
  </li>`;
}

function renderIntroduction({ info, servers = [] }: ApiDocument) {
  return html`<section class="introduction">
    <h1>Millrace API</h1>
    <p class="version">
      Version ${info.version} at <code>${servers[0]?.url ?? ""}</code> ·
      <a href="/api/openapi.json">OpenAPI 3.1</a>
    </p>
    <p>
      Everything that the command line does is open to programs. Send a token with each call:
      <code>Authorization: Bearer …</code>; <code>millrace tokens:create</code> makes one. Bodies are JSON,
      times ISO 8601 in UTC, ids UUIDv7. What this page does not have is refused, not ignored.
    </p>
    <dl>
      <dt>Pages</dt>
      <dd>
        Hand <code>nextCursor</code> back as <code>cursor</code> until it is null. What arrives meanwhile
        neither skips nor repeats an item.
      </dd>
      <dt>The same call twice</dt>
      <dd>
        Every POST takes <code>Idempotency-Key</code>: the same call with the same key within a day is
        answered as the first was, and does nothing.
      </dd>
      <dt>Two people edit</dt>
      <dd>What has an <code>ETag</code> takes <code>If-Match</code>: 412 where it has changed meanwhile.</dd>
      <dt>Refusals</dt>
      <dd>
        Problem documents (RFC 9457) whose <code>code</code> is stable: <a href="#problems">all of them</a>.
        Give the <code>requestId</code> to whoever looks into the log.
      </dd>
      <dt>How often</dt>
      <dd>
        <code>RateLimit</code> tells what is left of the minute; beyond it calls are answered 429 with
        <code>Retry-After</code>.
      </dd>
    </dl>
  </section>`;
}

function renderSchemas(schemas: readonly [name: string, schema: Schema][]) {
  return html`<section class="resource" id="schemas">
    <h2>Schemas</h2>
    ${schemas.map(
      ([name, schema]) =>
        html`<section class="schema" id="${schemaAnchor(name)}">
          <h3><a href="#${schemaAnchor(name)}">${name}</a></h3>
          ${renderFields(schema)}
        </section>`,
    )}
  </section>`;
}

/** Those of a step are told by executions, not by calls. */
function renderProblems() {
  const codes = Object.entries(ERROR_CODES).filter(
    ([code]) => code.startsWith("request/") || isOfCalls(code),
  );
  return html`<section class="resource" id="problems">
    <h2>Problems</h2>
    <p>By <code>code</code>; docs/errors.md says what to do about each.</p>
    <table>
      <tbody>
        ${codes.map(
          ([code, { status, retryable }]) =>
            html`<tr>
              <th scope="row"><code>${code}</code></th>
              <td>
                <span class="status">${status}</span>
                ${retryable ? "The same call may succeed later" : "The same call will be refused again"}
              </td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

function isOfCalls(code: string): boolean {
  return code === "engine/unavailable" || code === "engine/overloaded" || code === "engine/internal";
}
