import type { ApiParts } from "./api-parts.ts";
import type { RouteModule } from "./create-app.ts";
import { accessControl } from "./middleware/access-control.ts";
import { allowedMethods } from "./middleware/allowed-methods.ts";
import { announceChanges } from "./middleware/announce-changes.ts";
import { apiBody } from "./middleware/api-body.ts";
import { idempotency } from "./middleware/idempotency.ts";
import { rateLimit } from "./middleware/rate-limit.ts";
import { apiDocs } from "./pages/api-docs.ts";
import { homePages } from "./pages/home.ts";
import { signIn } from "./pages/sign-in.ts";
import { accessRoutes } from "./routes/access.ts";
import { approvalsRoutes } from "./routes/approvals.ts";
import { configOptionsRoutes } from "./routes/config-options.ts";
import { customersRoutes } from "./routes/customers.ts";
import { deleteCustomerRoutes } from "./routes/delete-customer.ts";
import { deleteInstanceRoutes } from "./routes/delete-instance.ts";
import { deploymentsRoutes } from "./routes/deployments.ts";
import { eventsRoutes } from "./routes/events.ts";
import { executionActionsRoutes } from "./routes/execution-actions.ts";
import { executionAuditRoutes } from "./routes/execution-audit.ts";
import { executionLogsRoutes } from "./routes/execution-logs.ts";
import { executionsRoutes } from "./routes/executions.ts";
import { flowApiKeysRoutes } from "./routes/flow-api-keys.ts";
import { flowsRoutes } from "./routes/flows.ts";
import { instanceStateRoutes } from "./routes/instance-state.ts";
import { instanceDiffRoutes } from "./routes/instance-diff.ts";
import { instancesRoutes } from "./routes/instances.ts";
import { integrationsRoutes } from "./routes/integrations.ts";
import { jobsRoutes } from "./routes/jobs.ts";
import { logsRoutes } from "./routes/logs.ts";
import { publishRoutes } from "./routes/publish.ts";
import { schedulesRoutes } from "./routes/schedules.ts";
import { testFlowRoutes } from "./routes/test-flow.ts";
import { upgradeInstanceRoutes } from "./routes/upgrade-instance.ts";
import { verifySignatureRoutes } from "./routes/verify-signature.ts";

/** Everything under `/api/v1`, for `createApp`: nobody gets past the first one. */
export function createApiModules(parts: ApiParts): RouteModule[] {
  return [
    accessControl(parts),
    rateLimit(),
    apiBody(),
    allowedMethods(),
    announceChanges(parts),
    idempotency(parts),
    eventsRoutes(parts),
    accessRoutes(parts),
    customersRoutes(parts),
    publishRoutes(parts),
    integrationsRoutes(parts),
    instancesRoutes(parts),
    configOptionsRoutes(parts),
    deleteCustomerRoutes(parts),
    deleteInstanceRoutes(parts),
    deploymentsRoutes(parts),
    upgradeInstanceRoutes(parts),
    instanceDiffRoutes(parts),
    approvalsRoutes(parts),
    jobsRoutes(parts),
    instanceStateRoutes(parts),
    flowsRoutes(parts),
    schedulesRoutes(parts),
    flowApiKeysRoutes(parts),
    testFlowRoutes(parts),
    verifySignatureRoutes(parts),
    executionsRoutes(parts),
    executionLogsRoutes(parts),
    logsRoutes(parts),
    executionAuditRoutes(parts),
    executionActionsRoutes(parts),
  ];
}

/** What else the api serves, outside `/api/v1`. */
export function createPages(parts: ApiParts, version: string): RouteModule[] {
  const { publicUrl } = parts.links;
  return [signIn(parts), apiDocs({ version, publicUrl }), homePages(parts)];
}
