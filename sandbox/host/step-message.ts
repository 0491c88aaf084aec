import type { PermissionManifest } from "#contract/permissions.ts";
import type { SessionInputs, SessionOptions, StepRequest } from "#contract/sandbox.ts";
import { encodeFrame, type StepHeader } from "../protocol.ts";

/**
 * The text that starts a step: all of the inputs for a new isolate, and only the outputs that it has not seen
 * for one that is kept. `held` is the set of paths whose outputs the isolate has; it is added to.
 */
export interface StepText {
  text: string;
  /** Of the largest single part. */
  largestPart: number;
}

export function encodeStep(
  {
    request,
    options,
    inputs,
    outputCharacters,
  }: {
    request: StepRequest;
    options: SessionOptions;
    inputs: SessionInputs;
    outputCharacters: number;
  },
  held: Set<string>,
  isNew: boolean,
): StepText {
  const missing = [...inputs.outputs()].filter(([path]) => !held.has(path));
  for (const [path] of missing) held.add(path);
  const { body, ...trigger } = inputs.trigger;
  const parts = [isNew ? body.data : "", isNew ? inputs.configJson : "", ...missing.map(([, json]) => json)];
  const header: Omit<StepHeader, "lengths"> = {
    op: "step",
    flowKey: options.flowKey,
    stepKey: request.stepKey,
    path: request.path,
    attempt: request.attempt,
    executionId: options.executionId,
    idempotencyKey: request.idempotencyKey,
    outputCharacters,
    permissions: permissionsOf(options, request.stepKey),
    ...(isNew ? { trigger: { ...trigger, encoding: body.encoding } } : {}),
    outputKeys: missing.map(([path]) => keyOf(path)),
  };
  return { text: encodeFrame(header, parts), largestPart: Math.max(...parts.map((part) => part.length)) };
}

/** What the step may do, by the policy of this moment. */
export function permissionsOf({ permissions }: SessionOptions, stepKey: string): PermissionManifest {
  return typeof permissions === "function" ? permissions(stepKey) : permissions;
}

/** `post` of `post` and of `each[3]/post`: what a later step calls the output. */
function keyOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
