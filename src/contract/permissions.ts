import { z } from "zod";

/**
 * The manifest of a version or step: the shape of one permission set of deno.json. Absent is denied;
 * `[]` means nothing. Deny beats allow. `read`, `write`, `run`, `ffi`, `sys`, `import` can only be false.
 */
const ruleList = z.array(z.string().min(1).max(300)).max(200);
const rules = z.union([
  ruleList.transform((allow) => ({ allow, deny: [] as string[] })),
  z.strictObject({ allow: ruleList.default([]), deny: ruleList.default([]) }),
]);

export const permissionManifestSchema = z.strictObject({
  net: rules.optional(),
  env: z.array(z.string().min(1).max(200)).max(200).optional(),
  read: z.literal(false).optional(),
  write: z.literal(false).optional(),
  run: z.literal(false).optional(),
  ffi: z.literal(false).optional(),
  sys: z.literal(false).optional(),
  import: z.literal(false).optional(),
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
