import { html } from "hono/html";
import { ACCESS, accessOf } from "#contract/policy.ts";
import type { Parameter } from "../../description-schema.ts";
import type { Answer, Operation } from "./read-description.ts";
import { renderJson } from "./render-json.ts";
import { renderFields, renderParameters } from "./render-schema.ts";

/** One call: what it takes and answers, beside how that looks. */
export function renderOperation(operation: Operation) {
  const { anchor, method, path, summary, body, answers } = operation;
  // The key is for a caller's safety and told once for all, at the top.
  const parameters = operation.parameters.filter(({ name }) => name !== "idempotency-key");
  return html`<section class="operation" id="${anchor}">
    <div class="told">
      <h3><a href="#${anchor}">${summary}</a></h3>
      <p class="route"><span class="method ${method.toLowerCase()}">${method}</span> <code>${path}</code></p>
      <p class="roles">${rolesOf(method, path)}</p>
      ${
        parameters.length === 0
          ? ""
          : html`<h4>Parameters</h4>
              ${renderParameters(parameters)}`
      }
      ${
        body === undefined
          ? ""
          : html`<h4>Body</h4>
              ${renderFields(body.schema)}`
      }
      <h4>Answers</h4>
      ${answers.map(renderAnswer)}
    </div>
    <div class="shown">
      <h4>Call</h4>
      <pre tabindex="0">${curlOf(operation)}</pre>
      ${answers.map(({ status, body: shown }) =>
        shown?.example === undefined
          ? ""
          : html`<h4>Answer ${status}</h4>
              ${renderJson(shown.example)}`,
      )}
      <details>
        <summary>Problems that it can be refused with</summary>
        ${operation.problems.map(
          (problem) =>
            html`<h4>${problem.summary}</h4>
              ${renderJson(problem.value)}`,
        )}
      </details>
    </div>
  </section>`;
}

function renderAnswer({ status, description, body }: Answer) {
  return html`<div class="answer">
    <p><span class="status">${status}</span> ${description}</p>
    ${body === undefined ? "" : renderFields(body.schema)}
  </div>`;
}

function rolesOf(method: string, path: string): string {
  const access = accessOf(`${method} ${path}`);
  return access === undefined ? "" : `For ${ACCESS[access].join(", ")}`;
}

function curlOf({ method, path, parameters, body }: Operation): string {
  const given = parameters.filter(({ in: place, required }) => place === "query" && required === true);
  const query = given.map(({ name, schema }) => `${name}=${sampleOf({ name, schema })}`).join("&");
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const parameter = parameters.find((each) => each.in === "path" && each.name === name);
    return sampleOf(parameter ?? { name, schema: {} });
  });
  const json = body === undefined ? undefined : JSON.stringify(body.example, null, 2);
  return [
    `curl${method === "GET" ? "" : ` --request ${method}`} "$MILLRACE_SERVER${filled}${query && `?${query}`}"`,
    `  --header "Authorization: Bearer $MILLRACE_TOKEN"`,
    ...(json === undefined
      ? []
      : [`  --header "Content-Type: application/json"`, `  --data '${json.replaceAll("'", `'\\''`)}'`]),
  ].join(" \\\n");
}

const SAMPLES: Record<string, string> = {
  key: "order-paid",
  variable: "region",
  confirm: "Acme",
  number: "3",
};

function sampleOf({ name, schema }: Pick<Parameter, "name" | "schema">): string {
  const [given] = schema.examples ?? [];
  return SAMPLES[name] ?? (typeof given === "string" ? given : "1");
}
