import type { HonoRequest } from "hono";
import { bodyLimit } from "hono/body-limit";
import { EngineError } from "#contract/errors.ts";
import { LIMITS } from "#contract/limits.ts";
import type { RouteModule } from "../create-app.ts";

/** Bodies of API calls: JSON, and of a size. Anything else is refused before it is read. */
export function apiBody(): RouteModule {
  const limit = (maxSize: number) =>
    bodyLimit({
      maxSize,
      onError: () => {
        throw new EngineError("request/payload-too-large", `The body is larger than ${maxSize} bytes`);
      },
    });
  const usual = limit(LIMITS.apiBodyBytes);
  const publish = limit(LIMITS.publishBodyBytes);
  return (api) => {
    api.use((context, next) => {
      const type = context.req.header("Content-Type");
      if (hasBody(context.req) && !isJson(type)) {
        throw new EngineError(
          "request/unsupported-media-type",
          `The body is ${type ?? "of no stated type"}; send JSON with Content-Type: application/json`,
        );
      }
      return context.req.path.endsWith("/integrations/publish")
        ? publish(context, next)
        : usual(context, next);
    });
  };
}

/** By what announces it (RFC 9112, 6.3): Node's requests have a stream in any case. */
function hasBody(request: HonoRequest): boolean {
  const length = request.header("Content-Length");
  return request.header("Transfer-Encoding") !== undefined || (length !== undefined && length !== "0");
}

function isJson(type: string | undefined): boolean {
  return type !== undefined && /^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type);
}
