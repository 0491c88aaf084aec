/** The rules of one permission. A file without imports: the cell bundles it. */
export interface PermissionRules {
  /** `true`: anything. */
  allow: true | string[];
  deny: string[];
}

export const NOTHING_ALLOWED: PermissionRules = { allow: [], deny: [] };
