import { z } from "zod";

/**
 * The manifest of a version or step, and the grant of an instance: the shape of one permission set of deno.json.
 * Absent is denied; `[]` means nothing; `true` means any, where the operator's policy allows that (`policy-file.ts`).
 * Deny beats allow. `read`, `write`, `run`, `ffi`, `sys`, `import` can only be false.
 */
const text = (characters: number) => z.string().min(1).max(characters);
const RULES = 200;
const NET_RULE_CHARACTERS = 300;
const VARIABLE_CHARACTERS = 200;

const rules = (characters: number) => {
  const list = z.array(text(characters)).max(RULES);
  const allow = z.union([z.literal(true), list]);
  return z.union([
    allow.transform((allowed) => ({ allow: allowed, deny: [] as string[] })), // empty: of no type by itself
    z.literal(false).transform(() => ({ allow: [] as string[], deny: [] as string[] })),
    z.strictObject({ allow: allow.default([]), deny: list.default([]) }),
  ]);
};
const never = z.literal(false).optional();

export const permissionManifestSchema = z.strictObject({
  net: rules(NET_RULE_CHARACTERS).optional(),
  env: rules(VARIABLE_CHARACTERS).optional(),
  read: never,
  write: never,
  run: never,
  ffi: never,
  sys: never,
  import: never,
});

/** As the engine keeps it: lists always as `{ allow, deny }`. */
export type PermissionManifest = z.output<typeof permissionManifestSchema>;

/** One access that the host decided on; Deno's audit shape with the resolved address added. */
export interface AccessRecord {
  atMs: number;
  permission: "net" | "env";
  /** `host:port` or a variable's name. */
  value: string;
  granted: boolean;
  /** The address connected to, where there was one. */
  address?: string;
  /** Why it was refused. */
  reason?: string;
}
