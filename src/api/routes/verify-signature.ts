import {
  type CheckSignatureBody,
  checkSignatureBody,
  type SignatureCheck,
  signatureCheckSchema,
} from "#contract/api/signature-check.ts";
import { idParams } from "#contract/api/fields.ts";
import { EngineError } from "#contract/errors.ts";
import { LIMITS } from "#contract/limits.ts";
import { findEndpoint } from "#db/endpoints.ts";
import { findFlow } from "#db/flows.ts";
import { SECRET_PROBLEMS } from "#intake/authenticate.ts";
import { type Endpoint, readEndpoint } from "#intake/endpoint.ts";
import { explainSignature, NOTHING_SIGNED } from "#intake/explain-signature.ts";
import type { ApiParts } from "../api-parts.ts";
import type { RouteModule } from "../create-app.ts";
import { defineRoute, json, jsonBody } from "../define-route.ts";
import { flowNotFound } from "../not-found.ts";

const verify = defineRoute({
  method: "post",
  path: "/flows/{id}/verify-signature",
  summary: "Say why a webhook's signature fits or not; nothing is stored, nothing runs",
  request: { params: idParams, body: jsonBody(checkSignatureBody) },
  responses: { 200: json(signatureCheckSchema, "What is expected beside what was given") },
});

/** The request is held against the endpoint as the hot path reads it: what is deployed, with the secret that is set. */
export function verifySignatureRoutes({ db, vault }: Pick<ApiParts, "db" | "vault">): RouteModule {
  return (api) => {
    api.openapi(verify, async (context) => {
      const { id } = context.req.valid("param");
      const flow = await findFlow(db, context.var.actor.organizationId, id);
      const row = flow && (await findEndpoint(db, flow.endpointToken));
      if (row === undefined) throw flowNotFound(id);
      return context.json(check(await readEndpoint(row, vault), context.req.valid("json")), 200);
    });
  };
}

function check({ flowId, state, secret }: Endpoint, request: CheckSignatureBody): SignatureCheck {
  const config = state.type === "deployed" ? state.trigger.signature : undefined;
  if (config === undefined)
    throw new EngineError(
      "request/conflict",
      `Flow ${flowId} checks no signature: ${state.type === "deployed" ? "its trigger names no scheme" : "no webhook of it is deployed"}; give its trigger a signature and deploy it`,
    );
  if (secret.type !== "open")
    return {
      verified: false,
      scheme: config.type,
      reason: SECRET_PROBLEMS[secret.type],
      causes: [],
      ...NOTHING_SIGNED,
    };
  const body = Buffer.from(request.body, request.encoding);
  if (body.length > LIMITS.payloadBytes)
    throw new EngineError(
      "request/payload-too-large",
      `/body has ${body.length} bytes, a webhook's has at most ${LIMITS.payloadBytes}; send less`,
      { field: "/body" },
    );
  const { receivedAt } = request;
  return explainSignature(config, {
    headers: lowerCased(request.headers),
    body,
    secret: secret.key,
    nowMs: receivedAt === undefined ? Date.now() : Date.parse(receivedAt),
  });
}

/** As Node hands headers on: lower-case names, what comes twice joined. */
function lowerCased(headers: CheckSignatureBody["headers"]): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const key = name.toLowerCase();
    joined[key] = Object.hasOwn(joined, key) ? `${joined[key]}, ${value}` : value.trim();
  }
  return joined;
}
