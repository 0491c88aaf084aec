/**
 * Stands before each program's bundle. `probe(name, f)` notes the name where `f` gives something that proves the
 * host; `isHost(value)` says what does. A denial is silent.
 */
export const PROBE = `
const reached = [];
const isHost = (value) => {
  try {
    return (typeof value === "object" || typeof value === "function") && value !== null &&
      (typeof value.getBuiltinModule === "function" || typeof value.binding === "function" ||
       typeof value.execPath === "string" || value.versions?.node !== undefined ||
       typeof value.readFileSync === "function" || typeof value.spawn === "function" || typeof value.createServer === "function");
  } catch { return false; }
};
const probe = (name, attempt) => {
  try { const value = attempt(); if (value === true || isHost(value)) reached.push(name); } catch {}
};
const realmOf = (f) => { try { return f.constructor("return typeof process !== 'undefined' || typeof require !== 'undefined'")(); } catch { return false; } };
`;
