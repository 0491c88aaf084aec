import type { Definition } from "#contract/definition.ts";
import { findUngivenWholes, type PermissionPolicy } from "#contract/effective-permissions.ts";
import { EngineError } from "#contract/errors.ts";
import { firstDifference } from "#contract/first-difference.ts";
import type { Json } from "#contract/json.ts";
import { parseDefinition } from "#contract/parse-definition.ts";
import type { RequestInput, RequestResult } from "#contract/requests.ts";
import type { Bundle, Sandbox, TrustDomain } from "#contract/sandbox.ts";
import type { Db } from "#db/connect.ts";
import { findBundle } from "#db/flow-code.ts";
import { assertNoImports } from "./assert-no-imports.ts";

export interface EvaluateDependencies {
  db: Db;
  sandbox: Pick<Sandbox, "readDefinition">;
  /** The operator's, as it is now. */
  policy: () => PermissionPolicy;
}

export interface EvaluateRequest {
  organizationId: string;
  input: RequestInput<"evaluate-definition">;
  signal: AbortSignal;
}

/**
 * Reads a stored bundle's definition twice, without network, with a still clock: one that differs would mean another
 * thing at each run.
 *
 * @throws EngineError `request/not-found` (the bundle), `request/definition-refused` (what the author must mend),
 * `engine/*` (the sandbox failed; try again)
 */
export async function evaluateDefinition(
  { db, sandbox, policy }: EvaluateDependencies,
  { organizationId, input, signal }: EvaluateRequest,
): Promise<RequestResult<"evaluate-definition">> {
  const { bundleSha256: sha256 } = input;
  const stored = await findBundle(db, organizationId, sha256);
  if (stored === undefined)
    throw new EngineError(
      "request/not-found",
      `Bundle ${sha256} is not stored; upload it before it is evaluated`,
    );
  await assertNoImports(stored.code);
  // A bundle of no integration yet is a domain of its own.
  const domain: TrustDomain = { organizationId, integrationId: input.integrationId ?? sha256 };
  const bundle: Bundle = { sha256, load: async () => stored };
  const readOnce = async (): Promise<string> => read(await sandbox.readDefinition(domain, bundle, signal));
  const first = await readOnce();
  const second = await readOnce();
  if (first !== second) throw differs(first, second);
  const definition: Definition = parseDefinition(first);
  assertWholesGiven(definition, policy());
  return { definition };
}

/** A list beyond the policy is only cut; to ask for anything at all is to claim what the operator alone gives. */
function assertWholesGiven({ permissions }: Definition, policy: PermissionPolicy): void {
  const [name] = findUngivenWholes(permissions, policy);
  if (name === undefined) return;
  throw new EngineError(
    "request/definition-refused",
    `permissions.${name}: true is not allowed by the operator's policy; list what the integration needs, or have MILLRACE_POLICY_FILE say "${name}": true`,
    { field: `permissions.${name}` },
  );
}

function differs(first: string, second: string): EngineError {
  // Both were written by JSON.stringify in the isolate.
  const path = firstDifference(JSON.parse(first) as Json, JSON.parse(second) as Json);
  return new EngineError(
    "request/definition-refused",
    `Two evaluations of the bundle gave different definitions${path === undefined ? " (the order of their keys)" : `, in ${path}`}; a definition may not depend on time, chance or a previous run`,
    path === undefined ? {} : { field: path },
  );
}

type Report = Awaited<ReturnType<Sandbox["readDefinition"]>>;

function read({ outcome, definitionJson, error }: Report): string {
  if (outcome === "ok" && definitionJson !== undefined) return definitionJson;
  const why = error === undefined ? outcome : `${error.name}: ${error.message}`;
  if (outcome === "crashed" || outcome === "cancelled")
    throw new EngineError(
      "engine/crashed",
      `The bundle could not be evaluated (${outcome}: ${why}); publish again`,
    );
  throw new EngineError("request/definition-refused", `Evaluating the bundle ended with ${outcome}: ${why}`);
}
