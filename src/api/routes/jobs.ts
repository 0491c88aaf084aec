import { idParams, pageOf } from "#contract/api/fields.ts";
import {
  jobItemSchema,
  jobItemsQuery,
  jobSchema,
  jobsQuery,
  upgradeInstancesBody,
} from "#contract/api/jobs.ts";
import { listJobItems } from "#db/job-items.ts";
import { endJob, findJob, listJobs } from "#db/jobs.ts";
import type { ApiParts } from "../api-parts.ts";
import type { RouteModule } from "../create-app.ts";
import { createUpgradeJob } from "../create-upgrade-job.ts";
import { defineRoute, json, jsonBody } from "../define-route.ts";
import { getJob, toJobItem, toJobs } from "../job-answer.ts";
import { orNotFound } from "../not-found.ts";

const list = defineRoute({
  method: "get",
  path: "/jobs",
  summary: "List bulk jobs, newest first",
  request: { query: jobsQuery },
  responses: { 200: json(pageOf(jobSchema), "A page") },
});
const upgrade = defineRoute({
  method: "post",
  path: "/jobs/upgrade-instances",
  summary: "Upgrade many instances by a job; or with dryRun, tell what would become of each",
  request: { body: jsonBody(upgradeInstancesBody) },
  responses: { 201: json(jobSchema, "The job: a worker takes it up at once") },
});
const get = defineRoute({
  method: "get",
  path: "/jobs/{id}",
  summary: "Get a bulk job and how far it is",
  request: { params: idParams },
  responses: { 200: json(jobSchema, "The job") },
});
const items = defineRoute({
  method: "get",
  path: "/jobs/{id}/items",
  summary: "List what a bulk job came to for each instance, the newest instance first",
  request: { params: idParams, query: jobItemsQuery },
  responses: { 200: json(pageOf(jobItemSchema), "A page") },
});
const cancel = defineRoute({
  method: "post",
  path: "/jobs/{id}/cancel",
  summary: "Cancel a bulk job: what is done stays, nothing more is done from the answer on",
  request: { params: idParams },
  responses: { 200: json(jobSchema, "The job; one that had ended stays as it was") },
});

/** Each kind of job is made at a route of its own, with a body and a policy rule of its own; the rest they share. */
export function jobsRoutes({ db, hints, links }: Pick<ApiParts, "db" | "hints" | "links">): RouteModule {
  return (api) => {
    api.openapi(list, async (context) => {
      const page = await listJobs(db, context.var.actor.organizationId, context.req.valid("query"));
      return context.json({ ...page, items: await toJobs(db, page.items, links) }, 200);
    });
    api.openapi(upgrade, async (context) => {
      const { organizationId, userId } = context.var.actor;
      const by = { organizationId, userId };
      const { jobId, requestId } = await createUpgradeJob(db, by, context.req.valid("json"));
      hints.send("millrace_request", requestId);
      return context.json(await getJob(db, { organizationId, id: jobId }, links), 201);
    });
    api.openapi(get, async (context) => {
      const { organizationId } = context.var.actor;
      const { id } = context.req.valid("param");
      return context.json(await getJob(db, { organizationId, id }, links), 200);
    });
    api.openapi(items, async (context) => {
      const { organizationId } = context.var.actor;
      const { id } = context.req.valid("param");
      orNotFound(await findJob(db, { organizationId, id }), "job", id);
      const page = await listJobItems(db, id, context.req.valid("query"));
      return context.json({ ...page, items: page.items.map(toJobItem) }, 200);
    });
    api.openapi(cancel, async (context) => {
      const { organizationId } = context.var.actor;
      const { id } = context.req.valid("param");
      orNotFound(await endJob(db, { organizationId, id }, "cancelled"), "job", id);
      return context.json(await getJob(db, { organizationId, id }, links), 200);
    });
  };
}
