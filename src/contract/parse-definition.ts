import { z } from "zod";
import { assertNever } from "./assert-never.ts";
import { findValueProblem, isText } from "./config-value.ts";
import type { ConfigVariable } from "./config-variable.ts";
import { type Definition, definitionSchema, type FlowDefinition } from "./definition.ts";
import { describeIssue } from "./describe-issue.ts";
import { EngineError } from "./errors.ts";
import { LIMITS } from "./limits.ts";
import { type DefinitionProblem, permissionProblems } from "./permission-problems.ts";
import { planOf } from "./plan-from-definition.ts";
import type { WebhookTrigger } from "./webhook.ts";

const PROBLEMS_LISTED = 25;

/**
 * Parses the definition that a bundle declares. Throws `request/definition-refused` that lists every problem with
 * its path; `field` is the first one's.
 */
export function parseDefinition(json: string): Definition {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new EngineError("request/definition-refused", "The definition is not JSON", { cause });
  }
  const parsed = definitionSchema.safeParse(value);
  if (!parsed.success) {
    throw refusalOf(
      parsed.error.issues.map((issue) => ({
        path: z.core.toDotPath(issue.path),
        message: describeIssue(issue, value),
      })),
    );
  }
  const problems = crossProblems(parsed.data);
  if (problems.length > 0) throw refusalOf(problems);
  const { config, flows } = parsed.data;
  return { ...parsed.data, config: inOrder(config), flows: flows.map(withReplyStep) };
}

/** Who replies is told in the definition, also where the author left it to be the last step. */
function withReplyStep(flow: FlowDefinition): FlowDefinition {
  const { trigger, steps } = flow;
  if (trigger.type !== "webhook" || trigger.reply === undefined) return flow;
  const { step = steps.at(-1)?.key ?? "" } = trigger.reply;
  return { ...flow, trigger: { ...trigger, reply: { ...trigger.reply, step } } };
}

function inOrder(config: Definition["config"]): Definition["config"] {
  return Object.fromEntries(
    Object.entries(config).map(([key, variable], order) => [key, { ...variable, order }]),
  );
}

/** What no single field shows. */
function crossProblems(definition: Definition): DefinitionProblem[] {
  return [
    ...repeats(definition.flows, "flows"),
    ...definition.flows.flatMap((flow, index) => [
      ...flowProblems(flow, `flows[${index}]`),
      ...triggerProblems(flow, definition.config, `flows[${index}].trigger`),
    ]),
    ...Object.entries(definition.connections).flatMap(connectionProblems),
    ...Object.entries(definition.config).flatMap(defaultProblems),
    ...permissionProblems(definition),
  ];
}

function defaultProblems([key, variable]: [string, ConfigVariable]): DefinitionProblem[] {
  if (variable.default === undefined) return [];
  const message = findValueProblem(variable, variable.default);
  return message === undefined ? [] : [{ path: `config.${key}.default`, message }];
}

function flowProblems(flow: FlowDefinition, path: string): DefinitionProblem[] {
  const problems = repeats(flow.steps, `${path}.steps`);
  const planBytes = new TextEncoder().encode(JSON.stringify(planOf(flow))).length;
  if (planBytes > LIMITS.planBytes) {
    problems.push({
      path,
      message: `has a plan of ${planBytes} bytes, at most ${LIMITS.planBytes} are allowed; use shorter names or split the flow`,
    });
  }
  return problems;
}

/** A trigger that lacks what it needs. */
function triggerProblems(
  { trigger, steps }: FlowDefinition,
  config: Definition["config"],
  path: string,
): DefinitionProblem[] {
  switch (trigger.type) {
    case "webhook":
      return [...webhookProblems(trigger, path), ...replyProblems(trigger, steps, path)];
    case "schedule": {
      const { timetable, timeZone } = trigger;
      return [
        ...("cron" in timetable ? variableProblems(timetable.cron, config, `${path}.timetable.cron`) : []),
        ...variableProblems(timeZone, config, `${path}.timeZone`),
      ];
    }
    case "deploy":
    case "call":
      return [];
    default:
      return assertNever(trigger);
  }
}

function webhookProblems(
  { dedupe, handshake, signature }: WebhookTrigger,
  path: string,
): DefinitionProblem[] {
  const problems: DefinitionProblem[] = [];
  if (
    dedupe !== undefined &&
    !dedupe.bodyHash &&
    dedupe.header === undefined &&
    dedupe.jsonPath === undefined
  )
    problems.push({
      path: `${path}.dedupe`,
      message: "names no key; give header, jsonPath or bodyHash, or leave dedupe out",
    });
  if (handshake !== undefined && signature === undefined)
    problems.push({
      path: `${path}.handshake`,
      message: `"${handshake}" is answered with the signing secret; give the trigger a signature`,
    });
  return problems;
}

function replyProblems(
  { reply }: WebhookTrigger,
  steps: FlowDefinition["steps"],
  path: string,
): DefinitionProblem[] {
  if (reply?.step === undefined || steps.some(({ key }) => key === reply.step)) return [];
  return [{ path: `${path}.reply.step`, message: `"${reply.step}" is no step of the flow` }];
}

function variableProblems(
  value: string | { config: string },
  config: Definition["config"],
  path: string,
): DefinitionProblem[] {
  if (typeof value === "string") return [];
  const variable = Object.hasOwn(config, value.config) ? config[value.config] : undefined;
  if (variable === undefined)
    return [
      {
        path: `${path}.config`,
        message: `"${value.config}" is not declared in config; declare it as config.string(…)`,
      },
    ];
  return isText(variable)
    ? []
    : [{ path: `${path}.config`, message: `"${value.config}" is a ${variable.type}; it must hold text` }];
}

function connectionProblems([key, connection]: [
  string,
  Definition["connections"][string],
]): DefinitionProblem[] {
  if (connection.type !== "oauth2" || connection.grant !== "authorization-code") return [];
  return connection.authorizeUrl === undefined
    ? [
        {
          path: `connections.${key}.authorizeUrl`,
          message: 'is needed to ask a person; give it, or use the grant "client-credentials"',
        },
      ]
    : [];
}

function repeats(items: readonly { key: string }[], path: string): DefinitionProblem[] {
  const seen = new Set<string>();
  return items.flatMap(({ key }, index) => {
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    return [{ path: `${path}[${index}].key`, message: `"${key}" is used twice` }];
  });
}

function refusalOf(problems: readonly DefinitionProblem[]): EngineError {
  const lines = problems
    .slice(0, PROBLEMS_LISTED)
    .map(({ path, message }) => `  ${path === "" ? "definition" : path}: ${message}`);
  const rest = problems.length > PROBLEMS_LISTED ? `\n  and ${problems.length - PROBLEMS_LISTED} more` : "";
  return new EngineError(
    "request/definition-refused",
    `The integration's definition is refused:\n${lines.join("\n")}${rest}`,
    { field: problems[0]?.path ?? "" },
  );
}
