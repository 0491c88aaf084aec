import { constants, createContext, Script } from "node:vm";
import {
  BUNDLE_FILE_NAME,
  DISPATCH_GLOBAL,
  encodeFrame,
  GUEST_FILE_NAME,
  INTEGRATION_GLOBAL,
  SEND_GLOBAL,
  type GuestDispatch,
} from "../protocol.ts";

/**
 * V8's code cache of the guest's runtime, taken after the runtime has run: V8 compiles a function when it is first called,
 * and what isolated-vm gives as a cache is taken before any was. So `node:vm`, which has the same V8 and flags, runs it
 * once with steps of our own, and what each execution calls is then in the cache already compiled. Only a cell that
 * compiles does this, and the runtime is the only code that is ever run there: it is ours.
 */
const BUNDLE = `globalThis.${INTEGRATION_GLOBAL} = { definition: { flows: [] }, functions: { flow: {
  step: async () => 1,
  failing: async () => { throw new Error("as a step does"); },
} } };`;

export function compileRuntime(code: string): Promise<Uint8Array> {
  const script = new Script(code, { filename: GUEST_FILE_NAME });
  const scope = createContext(constants.DONT_CONTEXTIFY) as Record<string, unknown>; // a global, and a bare one
  scope[SEND_GLOBAL] = () => "";
  script.runInContext(scope);
  const dispatch = scope[DISPATCH_GLOBAL] as (text: string) => void; // the runtime's, as for a cell
  new Script(BUNDLE, { filename: BUNDLE_FILE_NAME }).runInContext(scope);
  dispatch(encodeFrame({ op: "ready" } satisfies GuestDispatch));
  for (const stepKey of ["step", "failing", "step"]) dispatch(stepText(stepKey));
  // Once the steps' promises have come to rest.
  return new Promise((resolve) => {
    setImmediate(() => resolve(new Uint8Array(script.createCachedData())));
  });
}

function stepText(stepKey: string): string {
  const trigger = { kind: "webhook", method: "POST", path: "/", query: "", headers: [], encoding: "utf8" };
  const header = {
    op: "step",
    flowKey: "flow",
    stepKey,
    path: stepKey,
    attempt: 1,
    executionId: "",
    idempotencyKey: "",
    outputCharacters: 1_000,
    permissions: {},
    trigger: { ...trigger, receivedAtMs: 0 },
    outputKeys: [],
  };
  return encodeFrame(header, ["{}", "{}"]);
}
