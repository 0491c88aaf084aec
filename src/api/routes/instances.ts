import { idParams, ifMatchHeader, pageOf } from "#contract/api/fields.ts";
import {
  configBody,
  createInstanceBody,
  instanceSchema,
  instancesQuery,
  updateInstanceBody,
} from "#contract/api/instances.ts";
import { checkConfigValues, keepFitting } from "#contract/config-values.ts";
import { EngineError } from "#contract/errors.ts";
import { findCustomer } from "#db/customers.ts";
import type { Db } from "#db/connect.ts";
import { findInstance, insertInstance, listInstances, updateInstance } from "#db/instances.ts";
import { findIntegration } from "#db/integrations.ts";
import { changeInstance } from "#deploy/change-instance.ts";
import { assertChecked } from "#deploy/assert-checked.ts";
import { assertChecksPass, type ConfigChecks } from "#deploy/config-checks.ts";
import { getVersionToTake } from "#deploy/version-to-take.ts";
import { invalidConfig } from "#deploy/deploy-instance.ts";
import type { ApiParts } from "../api-parts.ts";
import { createConfigChecks } from "../config-functions.ts";
import type { RouteModule } from "../create-app.ts";
import { defineRoute, json, jsonBody } from "../define-route.ts";
import { editOf } from "../etag.ts";
import { answerInstance, toInstances } from "../instance-answer.ts";
import { orNotFound } from "../not-found.ts";

const list = defineRoute({
  method: "get",
  path: "/instances",
  summary: "List instances, newest first",
  request: { query: instancesQuery },
  responses: { 200: json(pageOf(instanceSchema), "A page") },
});
const create = defineRoute({
  method: "post",
  path: "/instances",
  summary: "Create an instance; nothing is deployed yet",
  request: { body: jsonBody(createInstanceBody) },
  responses: { 201: json(instanceSchema, "The new instance") },
});
const get = defineRoute({
  method: "get",
  path: "/instances/{id}",
  summary: "Get an instance",
  request: { params: idParams },
  responses: { 200: json(instanceSchema, "The instance") },
});
const update = defineRoute({
  method: "patch",
  path: "/instances/{id}",
  summary: "Change some fields of an instance; a version takes effect with the next deploy",
  request: { params: idParams, headers: ifMatchHeader, body: jsonBody(updateInstanceBody) },
  responses: { 200: json(instanceSchema, "The changed instance") },
});
const configure = defineRoute({
  method: "put",
  path: "/instances/{id}/config",
  summary: "Save config values as a draft; some may be missing until the deploy",
  request: { params: idParams, headers: ifMatchHeader, body: jsonBody(configBody) },
  responses: { 200: json(instanceSchema, "The changed instance") },
});

type Parts = Pick<ApiParts, "db" | "hints" | "awaitRequest">;

export function instancesRoutes(parts: Parts): RouteModule {
  const { db } = parts;
  const checks = createConfigChecks(parts);
  return (api) => {
    api.openapi(list, async (context) => {
      const { organizationId } = context.var.actor;
      const { items, nextCursor } = await listInstances(db, organizationId, context.req.valid("query"));
      return context.json({ items: await toInstances(db, items), nextCursor }, 200);
    });
    api.openapi(get, async (context) => {
      const { id } = context.req.valid("param");
      return answerInstance(context, db, { id, status: 200 });
    });
    addCreate(api, db, checks);
    addUpdate(api, db);
    api.openapi(configure, async (context) => {
      const { id } = context.req.valid("param");
      const { values, edit } = context.req.valid("json");
      const ifMatch = editOf(context.req.valid("header")["if-match"]);
      const { organizationId } = context.var.actor;
      const before = orNotFound(await findInstance(db, organizationId, id), "instance", id);
      await assertChecksPass(checks, organizationId, { ...before, values, instance: before });
      await changeInstance(db, { organizationId, id, edit, ifMatch }, async (transaction, instance) => {
        const problems = checkConfigValues(instance.definition, values);
        if (problems.length > 0) throw invalidConfig(problems);
        const { versionId, definition } = instance;
        assertChecked({ ...before, values }, { instanceId: id, versionId, definition, values });
        await updateInstance(transaction, id, { configuration: { versionId, definition, config: values } });
      });
      return answerInstance(context, db, { id, status: 200 });
    });
  };
}

function addCreate(api: Parameters<RouteModule>[0], db: Db, checks: ConfigChecks): void {
  api.openapi(create, async (context) => {
    const { customerId, integrationId, version: number, config, ...rest } = context.req.valid("json");
    const { organizationId } = context.var.actor;
    const customer = await findCustomer(db, organizationId, customerId);
    if (customer === undefined)
      throw unknownReference("customerId", `customer ${customerId}`, "GET /api/v1/customers");
    if (customer.deletingAt !== null)
      throw new EngineError(
        "request/conflict",
        `Customer ${customerId} is being deleted and takes no instance`,
        { field: "/customerId" },
      );
    if ((await findIntegration(db, organizationId, integrationId)) === undefined)
      throw unknownReference("integrationId", `integration ${integrationId}`, "GET /api/v1/integrations");
    const version = await getVersionToTake(db, { organizationId, integrationId, number });
    const problems = checkConfigValues(version.definition, config);
    if (problems.length > 0) throw invalidConfig(problems);
    const { id: versionId, definition } = version;
    const created = { customerId, versionId, definition, values: config, instance: undefined };
    await assertChecksPass(checks, organizationId, created);
    const id = await insertInstance(db, {
      ...rest,
      organizationId,
      customerId,
      integrationId,
      configuration: { versionId, definition, config },
    });
    return answerInstance(context, db, { id, status: 201 });
  });
}

function addUpdate(api: Parameters<RouteModule>[0], db: Db): void {
  api.openapi(update, async (context) => {
    const { id } = context.req.valid("param");
    const { version: number, edit, ...changes } = context.req.valid("json");
    const ifMatch = editOf(context.req.valid("header")["if-match"]);
    const { organizationId } = context.var.actor;
    await changeInstance(db, { organizationId, id, edit, ifMatch }, async (transaction, instance) => {
      const { integrationId, versionId: kept } = instance;
      const wanted = { organizationId, integrationId, number, kept };
      const version = number === undefined ? undefined : await getVersionToTake(transaction, wanted);
      await updateInstance(transaction, id, {
        ...changes,
        ...(version && {
          configuration: {
            versionId: version.id,
            definition: version.definition,
            config: keepFitting(version.definition, instance.config),
          },
        }),
      });
    });
    return answerInstance(context, db, { id, status: 200 });
  });
}

function unknownReference(field: string, what: string, list: string): EngineError {
  return new EngineError("request/unprocessable", `There is no ${what}; ${list} lists those there are`, {
    field: `/${field}`,
  });
}
