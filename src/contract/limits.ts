/** Every limit in one place; `docs/limits.md` has a row for each, checked both ways by a test. */
export const LIMITS = {
  /** Webhook body in bytes, before and after decompression. */
  payloadBytes: 5 * 1024 * 1024,
  /** Header section of a webhook, in bytes. */
  headerBytes: 32 * 1024,
  /** Time a sender has for headers and body together. */
  requestReceiveMs: 30_000,
  /** Bytes of bodies held in memory by one api process before it answers 503. */
  intakeBudgetBytes: 256 * 1024 * 1024,
  /** Requests held in memory by one api process before it answers 503. */
  intakeBudgetRequests: 10_000,
  intakeWindowRequests: 64,
  intakeWindowMs: 2,
  intakeWindowBytes: 8 * 1024 * 1024,
  intakeWindowsInFlight: 2,
  dedupWindowMs: 24 * 60 * 60 * 1000,
  dedupWindowMaxMs: 30 * 24 * 60 * 60 * 1000,
  dedupKeyBytes: 1024,
  /** Refused requests remembered per endpoint. */
  refusedRequestsPerEndpoint: 100,
  apiKeysPerFlow: 20,
  /** Of what a webhook signs, shown where its signature is explained. */
  signatureBaseBytes: 2_000,
  /** How stale an endpoint's configuration may be on any api process. */
  endpointStaleMs: 1_000,
  shards: 16,
  shardLeaseMs: 8_000,
  shardRenewMs: 2_000,
  claimRows: 64,
  hintWindowMs: 10,
  pollMs: 500,
  /** A wait longer than this gives up its workflow slot. */
  slotHoldMs: 30_000,
  stepTimeoutMs: 30_000,
  stepTimeoutMaxMs: 15 * 60 * 1000,
  /** Above it a step's first attempt is a regular activity too. */
  localStepTimeoutMs: 60_000,
  stepCpuMs: 2_000,
  stepCpuMaxMs: 30_000,
  isolateHeapMb: 128,
  stepInputCharacters: 5 * 1024 * 1024,
  stepOutputCharacters: 5 * 1024 * 1024,
  stepFetches: 50,
  stepFetchesInFlight: 6,
  /** Characters of a step's requests that have no answer yet, bodies and headers together. */
  stepFetchCharacters: 32 * 1024 * 1024,
  fetchRequestBytes: 5 * 1024 * 1024,
  fetchResponseBytes: 10 * 1024 * 1024,
  fetchRedirects: 5,
  /** From the first look-up to the last byte of a response, redirects included. */
  fetchTimeoutMs: 5 * 60 * 1000,
  fetchConnectMs: 10_000,
  fetchUrlCharacters: 16 * 1024,
  /** Requests of one execution attempt, all its steps together. */
  executionFetches: 5_000,
  /** Bodies sent and received by one execution attempt, as they are on the wire. */
  executionFetchBytes: 512 * 1024 * 1024,
  /** Per host and port, for one trust domain on one worker. */
  hostRequestsInFlight: 256,
  hostRequestsPerMinute: 60_000,
  hostBytesPerMinute: 2 * 1024 * 1024 * 1024,
  /** Bodies of requests and responses that one worker holds at once. */
  egressBudgetBytes: 512 * 1024 * 1024,
  egressDomainBudgetBytes: 192 * 1024 * 1024,
  stateKeyCharacters: 200,
  /** JSON text of one value. */
  stateValueCharacters: 64 * 1024,
  /** Of an instance, its flows included. */
  stateKeys: 1_000,
  /** A call from a call from … an execution that nobody called: so many. */
  callDepth: 5,
  /** Flows that one execution may start. */
  callsPerExecution: 100,
  /** JSON of the payloads of one step's calls, together. */
  callPayloadBytes: 5 * 1024 * 1024,
  /** Of a call, where the author gives one. */
  callKeyCharacters: 200,
  stepLogLines: 1_000,
  logLineCharacters: 10_000,
  stepTimers: 1_000,
  stepAccessRecords: 200,
  bundleBytes: 5 * 1024 * 1024,
  sourceMapCharacters: 10 * 1024 * 1024,
  /** Body of an API call, in bytes; publishing alone may send a bundle and its source map. */
  apiBodyBytes: 8 * 1024 * 1024,
  publishBodyBytes: 34 * 1024 * 1024,
  /** Time a publish waits for a worker to read the definition. */
  publishWaitMs: 30_000,
  flowsPerIntegration: 100,
  stepsPerFlow: 200,
  planBytes: 128 * 1024,
  /** Text of one config value, or of one item of a list. */
  configTextCharacters: 100_000,
  configListItems: 1_000,
  /** Of a picklist, declared or fetched. */
  configChoices: 1_000,
  /** Value and label of a fetched choice, each. */
  configChoiceCharacters: 500,
  /** What a check says of a value that it refuses. */
  configRefusalCharacters: 1_000,
  /** Time that an author's function of a config variable has; the checks of one save have it together. */
  configFunctionMs: 30_000,
  /** How long fetched choices are answered again for the same instance, variable and values. */
  configChoicesCacheMs: 60_000,
  /** Shortest and longest time between two ticks of an `every` schedule. */
  scheduleIntervalMs: 60_000,
  scheduleIntervalMaxMs: 31 * 24 * 60 * 60 * 1000,
  /** How old a missed tick may be to be made up for: where the flow sets nothing, and at most. */
  scheduleCatchUpMs: 60 * 60 * 1000,
  scheduleCatchUpMaxMs: 31 * 24 * 60 * 60 * 1000,
  cronCharacters: 200,
  /** A tick no older than this is on time: what a restart or a full minute delays is run, each tick of it. */
  scheduleOnTimeMs: 120_000,
  /** Schedules whose ticks are queued in one transaction. */
  scheduleBatch: 500,
  /** For how long a tick is remembered, shown, and cannot come again. */
  scheduleTicksKeptMs: 24 * 60 * 60 * 1000,
  /** Time that an instance's deletion flows have, together and with their retries. */
  deletionFlowsMs: 120_000,
  /** Fixed answer of a webhook that is not the receipt. */
  webhookResponseCharacters: 10_000,
  /** How long a sender waits for its flow's reply: where the flow sets nothing, and at most. */
  replyMs: 10_000,
  replyMaxMs: 25_000,
  /** Body of a flow's reply. */
  replyCharacters: 1_000_000,
  /** Senders that wait for a reply at one api process. */
  repliesWaiting: 1_000,
  retryAttempts: 100,
  retryDelayMaxMs: 7 * 24 * 60 * 60 * 1000,
  previewBytes: 1024,
  /** Calls of one token, or one person's session, to one api process. */
  apiRequestsPerMinute: 6_000,
  /** How long an `Idempotency-Key` and its answer are kept. */
  idempotencyKeyMs: 24 * 60 * 60 * 1000,
  /** Items of one bulk job. */
  jobItems: 100_000,
  /** Instances that a bulk job may name by their ids. */
  jobInstanceIds: 1_000,
  /** Items of a bulk job that are begun in a minute: where nothing is said, and at most. */
  jobItemsPerMinute: 1_200,
  jobItemsPerMinuteMax: 6_000,
  /** Items that a worker takes at a time. */
  jobBatch: 50,
  /** Tries of an item that meets a conflict which may pass. */
  jobItemAttempts: 5,
  /** Bulk jobs of one organization that have not ended. */
  jobsUnfinished: 20,
  /** How long a bulk job and its results are kept after its end. */
  jobKeptMs: 30 * 24 * 60 * 60 * 1000,
  /** Streams of `/api/v1/events` of one organization at one api process. */
  eventStreams: 100,
  /** How far a search of logs goes back where it is not told. */
  logSearchMs: 24 * 60 * 60 * 1000,
  pageSize: 50,
  pageSizeMax: 200,
  nameCharacters: 200,
  descriptionCharacters: 4_000,
} as const;
