import { type DeployedFixture, deployFixture } from "./deploy-fixture.ts";
import type { RunningMillrace } from "./millrace.ts";
import { waitFor } from "./wait-for.ts";

/** How long after the API's answer the slowest of all apis knew of a change, in milliseconds. */
export interface Reach {
  deploy: number;
  pause: number;
  unpause: number;
  newKey: number;
  revokedKey: number;
}

const WITHIN_MS = 10_000;

/** One instance of the reach fixture, changed through one api and sent to at all of them. */
export async function prepareReach(millrace: RunningMillrace, origins: readonly string[]) {
  const instance = await deployFixture(millrace, {
    file: "test/fixtures/reach-flow.ts",
    customer: `reach ${Date.now()}`,
    config: { greeting: "first" },
  });
  const first = await createKey(millrace, instance.flowId);
  const scene: Scene = { millrace, instance, origins, key: first.apiKey };
  await spread(scene, "the endpoint is known", async (origin) => (await send(scene, origin)).status === 202);
  return () => measureOnce(scene);
}

interface Scene {
  millrace: RunningMillrace;
  instance: DeployedFixture;
  origins: readonly string[];
  key: string;
}

async function measureOnce(scene: Scene): Promise<Reach> {
  const { millrace, instance } = scene;
  const path = `/instances/${instance.instanceId}`;
  await millrace.call("PUT", `${path}/config`, { values: { greeting: `at ${Date.now()}` } });
  const { deployedRevision } = await millrace.call<{ deployedRevision: number }>(
    "POST",
    `${path}/deploy`,
    {},
  );
  const deploy = await spread(scene, `revision ${deployedRevision} runs`, async (origin) => {
    const { executionId } = (await (await send(scene, origin)).json()) as { executionId: string };
    const sent = await millrace.call<{ revision: number }>("GET", `/executions/${executionId}`);
    return sent.revision === deployedRevision;
  });
  await millrace.call("POST", `${path}/pause`, { reason: "measured" });
  const pause = await spread(scene, "the pause refuses", async (origin) => {
    const response = await send(scene, origin);
    return response.status === 503 && (await response.text()).includes("request/paused");
  });
  await millrace.call("POST", `${path}/unpause`);
  const unpause = await spread(
    scene,
    "what comes runs",
    async (origin) => (await send(scene, origin)).status === 202,
  );
  const { id, apiKey } = await createKey(millrace, instance.flowId);
  const withKey = { ...scene, key: apiKey };
  const newKey = await spread(
    scene,
    "the new key opens",
    async (origin) => (await send(withKey, origin)).status === 202,
  );
  await millrace.call("DELETE", `/flows/${instance.flowId}/api-keys/${id}`);
  const revokedKey = await spread(
    scene,
    "the revoked key is refused",
    async (origin) => (await send(withKey, origin)).status === 401,
  );
  return { deploy, pause, unpause, newKey, revokedKey };
}

/** From now, just after the API's answer, until the fact is true at every api: the slowest counts. */
async function spread(
  scene: Scene,
  what: string,
  isTrue: (origin: string) => Promise<boolean>,
): Promise<number> {
  const answeredAt = performance.now();
  const times = scene.origins.map(async (origin) => {
    let askedAt = answeredAt;
    await waitFor(
      () => {
        askedAt = performance.now();
        return isTrue(origin);
      },
      { what: `${what} at ${origin}`, timeoutMs: WITHIN_MS },
    );
    return askedAt - answeredAt;
  });
  return Math.max(...(await Promise.all(times)));
}

function send({ instance, key }: Scene, origin: string): Promise<Response> {
  const url = origin + new URL(instance.webhookUrl).pathname;
  return fetch(url, { method: "POST", headers: { "api-key": key }, body: "{}" });
}

function createKey(millrace: RunningMillrace, flowId: string): Promise<{ id: string; apiKey: string }> {
  return millrace.call("POST", `/flows/${flowId}/api-keys`, { name: `key ${Date.now()}` });
}
