import type { Auth } from "../auth/create-auth.ts";
import type { RouteModule } from "../create-app.ts";

/**
 * Those of Better Auth's endpoints that are open to the network. The others (organizations, members, API keys) would
 * pass by our policy, and are called by our own routes only.
 */
const OPEN = [
  ["POST", "/api/auth/sign-in/email"],
  ["POST", "/api/auth/sign-out"],
  ["POST", "/api/auth/change-password"],
  ["GET", "/api/auth/get-session"],
] as const;

/** Signing in answers the session's token in the header `set-auth-token`. */
export function signIn({ auth }: { auth: Auth }): RouteModule {
  return (app) => {
    for (const [method, path] of OPEN) app.on(method, path, (context) => auth.handler(context.req.raw));
  };
}
