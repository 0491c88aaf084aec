import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fuzzApi } from "../soak/fuzz/fuzz-api.ts";
import { deployExample, expectOk, startTestApi, type TestApi } from "../support/test-api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await deployExample(api.call);
});
afterAll(() => api.stop());

/** `npm run soak -- fuzz` asks 10,000, of a whole installation. */
test("generated questions are answered as the description says, and none by a fault", async () => {
  const { tokenId } = await expectOk(api.call("GET", "/me"));
  const asked = { url: api.url, token: api.ownerToken, tokenId, count: 800, seed: 20_261_124 };
  const report = await fuzzApi(asked);
  expect(report.problems).toEqual([]);
  expect(Object.keys(report.byStatus)).toEqual(expect.arrayContaining(["200", "201", "400", "404"]));
});

test.each([
  [200, "{}", "not of the described shape"],
  [500, '{"status":500}', "a fault of ours"],
  [418, "", "of type undefined"],
])("an answer of %i %s is found to be wrong", async (status, body, finding) => {
  const document = JSON.stringify(await expectOk(api.call("GET", "/api/openapi.json")));
  const server = createServer((request, response) => {
    const isDocument = request.url === "/api/openapi.json";
    const hasBody = isDocument || body !== "";
    response.writeHead(isDocument ? 200 : status, hasBody ? { "content-type": "application/json" } : {});
    response.end(isDocument ? document : body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A server that listens on a port has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  const asked = { url: `http://127.0.0.1:${port}`, token: "t", tokenId: "none", count: 40, seed: 1 };
  const { problems } = await fuzzApi(asked);
  expect(problems.join("\n")).toContain(finding);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
