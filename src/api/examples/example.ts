import type { z } from "zod";

/** A whole body as the reference shows it. */
export type Example = readonly [schema: z.ZodType, value: unknown];

/** Typed by its schema; a test holds it against the description too. */
export function example<Schema extends z.ZodType>(schema: Schema, value: z.input<Schema>): Example {
  return [schema, value];
}

/** One story: Acme's orders are entered into a ledger. */
export const IDS = {
  organization: "019a52e1-0a4c-7c11-8f02-6d1f0c5b7a10",
  user: "019a52e1-0b7d-7e63-9a41-27c3d0a8e512",
  token: "019a52e3-4f10-7b2c-8d55-91b6e3f7c024",
  customer: "019a52e7-2c9e-7a04-b8e3-5f4d1a6c9038",
  integration: "019a52e9-81d2-7f35-a1c6-0e9b7d2f4a46",
  version: "019a52ec-d6a7-7d18-92f4-c8035b1e6d5a",
  instance: "019a52f0-6c1e-7d3b-9c57-2f8f6b0f4d11",
  revision: "019a52f1-1e58-7a90-8b2d-7c41e9f5036c",
  flow: "019a52f1-1e5b-7c47-b6a9-d20f8e3c517e",
  apiKey: "019a52f4-93c0-7168-ae7b-46d9f2b1858f",
  execution: "019a52f8-0d37-7b91-8c64-1fa2e6d0b793",
  replay: "019a5302-b84f-7e0a-9d13-a85c4f7b26a4",
  called: "019a52f8-1b62-7c0f-a5d8-70e4b39c2f1d",
  job: "019a5305-1c7d-7a42-b9e6-04f8c2d5a719",
  request: "019a5304-57e6-7c5d-84af-3b90d1e8f6b5",
} as const;

export const AT = {
  made: "2026-11-24T19:40:12.000Z",
  deployed: "2026-11-24T19:55:00.000Z",
  received: "2026-11-24T20:02:31.415Z",
  started: "2026-11-24T20:02:31.452Z",
  finished: "2026-11-24T20:02:32.107Z",
} as const;
