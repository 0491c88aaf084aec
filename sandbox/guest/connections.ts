/**
 * The connections that a step sees. A step's code may name each that the integration declares; one that the
 * instance has no credential for fails where it is used, in words for whoever reads the execution.
 */
let declared: string[] = [];

/** Called with the evaluated integration's definition: the author's claim. */
export function declareConnections(definition: unknown): void {
  const connections =
    typeof definition === "object" && definition !== null
      ? Reflect.get(definition, "connections")
      : undefined;
  declared = typeof connections === "object" && connections !== null ? Object.keys(connections) : [];
}

export function createConnections(): object {
  return Object.fromEntries(declared.map((key) => [key, { fetch: () => Promise.reject(notBound(key)) }]));
}

/** Named as the SDK's error that no retry mends. */
function notBound(key: string): Error {
  const error = new Error(
    `Connection "${key}" has no credential in this instance: bind one to it, deploy, and run this again`,
  );
  error.name = "FatalError";
  return error;
}
