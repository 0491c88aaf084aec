import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, type Server as TcpServer } from "node:net";
import { readFileSync } from "node:fs";
import type { EgressContext, EgressEvent, EgressRequest, EgressResponse } from "#contract/egress.ts";
import { type AccessRecord, permissionManifestSchema } from "#contract/permissions.ts";
import { createEgress, type Egress, type EgressOptions } from "#egress/create-egress.ts";

export interface Ask extends Partial<EgressRequest>, Partial<Pick<EgressContext, "domain" | "onBytes">> {
  net?: unknown;
  limits?: Partial<EgressContext["limits"]>;
}

/** An egress with the servers that it talks to, for one test: `stop` closes all. */
export class OneWay {
  readonly accesses: AccessRecord[] = [];
  readonly events: EgressEvent[] = [];
  readonly requests: IncomingMessage[] = [];
  readonly #servers: TcpServer[] = [];
  #egress: Egress;

  constructor(options: EgressOptions = {}) {
    this.#egress = createEgress(options);
  }

  async use(options: EgressOptions): Promise<void> {
    await this.#egress.stop();
    this.#egress = createEgress(options);
  }

  async listen(server: TcpServer): Promise<number> {
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port; // a TCP server's
  }

  serve(listener: RequestListener = (_request, response) => response.end("hello")): Promise<number> {
    return this.listen(createServer(this.#noting(listener)));
  }

  serveTls(pair: { cert: string; key: string }): Promise<number> {
    return this.listen(
      createTlsServer(
        pair,
        this.#noting((_request, response) => response.end("hello")),
      ),
    );
  }

  fetch(url: string, ask: Ask = {}): Promise<EgressResponse> {
    const { net = ["*.test", "127.0.0.1"], limits, domain = "d", onBytes, ...request } = ask;
    return this.#egress.fetch(
      { url, method: "GET", headers: [], redirect: "follow", ...request },
      {
        domain,
        permissions: permissionManifestSchema.parse({ net }),
        onAccess: (record) => this.accesses.push(record),
        onEvent: (event) => this.events.push(event),
        ...(onBytes === undefined ? {} : { onBytes }),
        limits: { requestBytes: 100_000, responseBytes: 100_000, redirects: 5, timeoutMs: 10_000, ...limits },
        signal: AbortSignal.timeout(20_000),
      },
    );
  }

  async stop(): Promise<void> {
    await this.#egress.stop();
    for (const server of this.#servers)
      if ("closeAllConnections" in server) (server as Server).closeAllConnections(); // an HTTP server then
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  #noting(listener: RequestListener): RequestListener {
    return (request, response) => {
      this.requests.push(request);
      request.resume();
      listener(request, response);
    };
  }
}

export const textOf = ({ body }: EgressResponse): string => Buffer.from(body).toString();

/** A file of `test/fixtures/tls`. */
export const pem = (name: string): string =>
  readFileSync(new URL(`../fixtures/tls/${name}.pem`, import.meta.url), "utf8");
