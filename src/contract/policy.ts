/**
 * Who may do what, as data: every route of the API has one rule here, or the api refuses to start. Roles are those of
 * the organization's members and of its API tokens. A foreign organization's things do not exist for any role: 404.
 */
export const ROLES = ["owner", "admin", "builder", "operator", "viewer"] as const;
export type Role = (typeof ROLES)[number];

export function isRole(value: unknown): value is Role {
  return (ROLES as readonly unknown[]).includes(value);
}

/** Whether a role may hand out another: nobody grants more than they have. */
export function mayGrant(own: Role, granted: Role): boolean {
  return ROLES.indexOf(own) <= ROLES.indexOf(granted);
}

export const ACCESS = {
  /** Look at everything of the organization but secrets, which nobody reads back. */
  read: ["owner", "admin", "builder", "operator", "viewer"],
  /** Run things again, stop them, pause and test. */
  operate: ["owner", "admin", "builder", "operator"],
  /** Change customers, instances and their configuration; publish and deploy. */
  build: ["owner", "admin", "builder"],
  /** Hand out and take away access. */
  administer: ["owner", "admin"],
} as const satisfies Record<string, readonly Role[]>;
export type Access = keyof typeof ACCESS;

/** `METHOD /path/{parameter}` → who. */
export const POLICY = {
  "GET /api/v1/me": "read",
  "GET /api/v1/events": "read",
  "GET /api/v1/customers": "read",
  "POST /api/v1/customers": "build",
  "GET /api/v1/customers/{id}": "read",
  "PATCH /api/v1/customers/{id}": "build",
  "DELETE /api/v1/customers/{id}": "build",
  "GET /api/v1/integrations": "read",
  "POST /api/v1/integrations/publish": "build",
  "GET /api/v1/integrations/{id}": "read",
  "PATCH /api/v1/integrations/{id}": "build",
  "GET /api/v1/integrations/{id}/versions": "read",
  "GET /api/v1/integrations/{id}/versions/{number}": "read",
  "GET /api/v1/integrations/{id}/versions/{number}/config-schema": "read",
  "POST /api/v1/integrations/{id}/versions/{number}/withdraw": "build",
  "POST /api/v1/integrations/{id}/versions/{number}/restore": "build",
  "GET /api/v1/instances": "read",
  "POST /api/v1/instances": "build",
  "GET /api/v1/instances/{id}": "read",
  "PATCH /api/v1/instances/{id}": "build",
  "DELETE /api/v1/instances/{id}": "build",
  "PUT /api/v1/instances/{id}/config": "build",
  "GET /api/v1/instances/{id}/config/{variable}/options": "build",
  "POST /api/v1/instances/{id}/deploy": "build",
  "POST /api/v1/instances/{id}/approve": "administer",
  "GET /api/v1/instances/{id}/approvals": "read",
  "GET /api/v1/instances/{id}/revisions": "read",
  "GET /api/v1/instances/{id}/diff": "read",
  "POST /api/v1/instances/{id}/upgrade": "build",
  "POST /api/v1/instances/{id}/rollback": "build",
  "POST /api/v1/instances/{id}/pause": "operate",
  "POST /api/v1/instances/{id}/unpause": "operate",
  "GET /api/v1/instances/{id}/state": "read",
  "PUT /api/v1/instances/{id}/state": "operate",
  "DELETE /api/v1/instances/{id}/state": "operate",
  "GET /api/v1/instances/{id}/flows": "read",
  "POST /api/v1/instances/{id}/flows/{key}/test": "operate",
  "GET /api/v1/flows/{id}": "read",
  "GET /api/v1/flows/{id}/schedule": "read",
  "PUT /api/v1/flows/{id}/signing-secret": "build",
  "GET /api/v1/flows/{id}/api-keys": "read",
  "POST /api/v1/flows/{id}/api-keys": "build",
  "DELETE /api/v1/flows/{id}/api-keys/{keyId}": "build",
  "GET /api/v1/flows/{id}/requests": "read",
  // Who may run a flow may ask why its senders are refused. The answer holds no secret, and of the signature that was
  // expected too little to sign with; yet it is made with the secret, so looking alone does not suffice.
  "POST /api/v1/flows/{id}/verify-signature": "operate",
  "POST /api/v1/flows/{id}/test": "operate",
  "GET /api/v1/executions": "read",
  "GET /api/v1/executions/{id}": "read",
  "GET /api/v1/executions/{id}/steps": "read",
  "GET /api/v1/executions/{id}/logs": "read",
  "GET /api/v1/executions/{id}/audit": "read",
  "GET /api/v1/executions/{id}/payload": "read",
  "POST /api/v1/executions/{id}/replay": "operate",
  "POST /api/v1/executions/{id}/resume": "operate",
  "POST /api/v1/executions/{id}/cancel": "operate",
  "POST /api/v1/executions/{id}/retry-now": "operate",
  "GET /api/v1/jobs": "read",
  "GET /api/v1/jobs/{id}": "read",
  "GET /api/v1/jobs/{id}/items": "read",
  "POST /api/v1/jobs/upgrade-instances": "build",
  "POST /api/v1/jobs/{id}/cancel": "operate",
  "GET /api/v1/logs": "read",
  "GET /api/v1/tokens": "administer",
  "POST /api/v1/tokens": "administer",
  "DELETE /api/v1/tokens/{id}": "administer",
} as const satisfies Record<string, Access>;
export type PolicedRoute = keyof typeof POLICY;

export function accessOf(route: string): Access | undefined {
  return Object.hasOwn(POLICY, route) ? POLICY[route as PolicedRoute] : undefined; // just checked
}

export function isAllowed(role: Role, access: Access): boolean {
  return (ACCESS[access] as readonly Role[]).includes(role);
}
