// Generated from the API's description by `npm run generate`; a test compares both. Do not edit.

export interface components {
  schemas: {
    Accepted: {
      /** null: it was done at once */
      requestId: string | null;
    };
    Access: {
      at: string;
      permission: "net" | "env";
      /** host:port, or a variable's name */
      value: string;
      granted: boolean;
      /** Connected to, or refused for */
      address: string | null;
      /** Why it was refused */
      reason: string | null;
      /** Of the step */
      path: string;
      generation: number;
      attempt: number;
      stepAttempt: number;
    };
    ApiKey: {
      /** UUIDv7, sorts by time of creation */
      id: string;
      name: string;
      /** Its last characters */
      hint: string;
      /** UUIDv7, sorts by time of creation */
      createdBy: string | null;
      createdAt: string;
      lastUsedAt: string | null;
    };
    Approval: {
      /** UUIDv7, sorts by time of creation */
      id: string;
      /** UUIDv7, sorts by time of creation */
      instanceId: string;
      /** UUIDv7, sorts by time of creation */
      versionId: string;
      version: number;
      /** What the instance may get beyond what it had */
      widens: (components["schemas"]["Widening"])[];
      note: string;
      /** UUIDv7, sorts by time of creation */
      approvedBy: string | null;
      approvedAt: string;
    };
    ConfigChoice: {
      value: string;
      label: string;
    };
    ConfigChoices: {
      items: (components["schemas"]["ConfigChoice"])[];
      fetchedAt: string;
    };
    ConfigSchema: {
      [name: string]: unknown;
    };
    CreatedApiKey: {
      /** UUIDv7, sorts by time of creation */
      id: string;
      name: string;
      /** Shown once */
      apiKey: string;
    };
    CreatedToken: {
      /** UUIDv7, sorts by time of creation */
      id: string;
      name: string;
      role: "owner" | "admin" | "builder" | "operator" | "viewer";
      /** Shown once */
      token: string;
    };
    Customer: {
      /** UUIDv7, sorts by time of creation */
      id: string;
      name: string;
      description: string;
      /** The customer's id in your own systems, unique */
      externalId: string | null;
      labels: (string)[];
      /** Its deletion with all its instances is under way */
      deletingAt: string | null;
      /** Raised at each change; the ETag */
      edit: number;
      createdAt: string;
      updatedAt: string;
    };
    DeploymentDiff: {
      from: {
        /** null: not deployed as such */
        revision: number | null;
        version: number;
      };
      to: {
        /** null: not deployed as such */
        revision: number | null;
        version: number;
      };
      config: ({
        key: string;
        change: "added" | "removed" | "changed";
        /** What of it changed, where both sides have it */
        fields: (string)[];
        /** null: the variable is not there */
        before: {
          type: string;
          default?: unknown;
          value?: unknown;
        } | null;
        /** null: the variable is not there */
        after: {
          type: string;
          default?: unknown;
          value?: unknown;
        } | null;
      })[];
      permissions: {
        gained: (components["schemas"]["Widening"])[];
        lost: (components["schemas"]["Widening"])[];
      };
      flows: ({
        key: string;
        change: "added" | "removed" | "changed";
        /** What of it changed, where both sides have it */
        fields: (string)[];
        steps: ({
          key: string;
          change: "added" | "removed" | "changed";
          /** What of it changed, where both sides have it */
          fields: (string)[];
        })[];
      })[];
      /** What a deploy of `to` would ask for */
      missing: ({
        field: string;
        message: string;
      })[];
    };
    EndpointRequest: {
      at: string;
      /** What the sender was answered: 202 for what was stored */
      status: number;
      /** `accepted`, or the code of the refusal (docs/errors.md) */
      code: string;
      reason: string;
      method: string;
      bodyBytes: number | null;
      /** UUIDv7, sorts by time of creation */
      executionId: string | null;
    };
    Execution: {
      /** UUIDv7, sorts by time of creation */
      id: string;
      state: "held" | "queued" | "running" | "waiting" | "succeeded" | "failed" | "cancelled" | "superseded" | "lost";
      trigger: "webhook" | "schedule" | "deploy" | "test" | "replay" | "resume" | "call";
      isTest: boolean;
      /** UUIDv7, sorts by time of creation */
      customerId: string;
      customerName: string | null;
      /** UUIDv7, sorts by time of creation */
      instanceId: string;
      instanceName: string | null;
      /** UUIDv7, sorts by time of creation */
      integrationId: string;
      integrationKey: string | null;
      version: number | null;
      /** UUIDv7, sorts by time of creation */
      revisionId: string;
      /** UUIDv7, sorts by time of creation */
      flowId: string;
      flowKey: string;
      /** The flow's attempt, from 1 */
      attempt: number;
      /** 1, and one more for each reset in Temporal */
      generation: number;
      waiting: {
        reason: string;
        detail: string;
        until: string | null;
      } | null;
      error: components["schemas"]["Failure"];
      /** UUIDv7, sorts by time of creation */
      replayOf: string | null;
      /** UUIDv7, sorts by time of creation */
      resumeOf: string | null;
      /** The execution of which a step started this one */
      calledBy: string | null;
      receivedAt: string;
      startedAt: string | null;
      finishedAt: string | null;
      /** From receipt to the final state */
      durationMs: number | null;
    };
    ExecutionDetail: {
      /** UUIDv7, sorts by time of creation */
      id: string;
      state: "held" | "queued" | "running" | "waiting" | "succeeded" | "failed" | "cancelled" | "superseded" | "lost";
      trigger: "webhook" | "schedule" | "deploy" | "test" | "replay" | "resume" | "call";
      isTest: boolean;
      /** UUIDv7, sorts by time of creation */
      customerId: string;
      customerName: string | null;
      /** UUIDv7, sorts by time of creation */
      instanceId: string;
      instanceName: string | null;
      /** UUIDv7, sorts by time of creation */
      integrationId: string;
      integrationKey: string | null;
      version: number | null;
      /** UUIDv7, sorts by time of creation */
      revisionId: string;
      /** UUIDv7, sorts by time of creation */
      flowId: string;
      flowKey: string;
      /** The flow's attempt, from 1 */
      attempt: number;
      /** 1, and one more for each reset in Temporal */
      generation: number;
      waiting: {
        reason: string;
        detail: string;
        until: string | null;
      } | null;
      error: components["schemas"]["Failure"];
      /** UUIDv7, sorts by time of creation */
      replayOf: string | null;
      /** UUIDv7, sorts by time of creation */
      resumeOf: string | null;
      /** The execution of which a step started this one */
      calledBy: string | null;
      receivedAt: string;
      startedAt: string | null;
      finishedAt: string | null;
      /** From receipt to the final state */
      durationMs: number | null;
      maxAttempts: number;
      revision: number | null;
      /** The revision is one of a draft: never deployed */
      draft: boolean;
      /** Executions that ran this one again, oldest first */
      replays: (string)[];
      /** Executions that its steps started, in their order */
      calls: ({
        /** Of the step that called */
        path: string;
        key: string;
        flowKey: string;
        /** UUIDv7, sorts by time of creation */
        executionId: string;
        /** null: retention has taken it */
        state: "held" | "queued" | "running" | "waiting" | "succeeded" | "failed" | "cancelled" | "superseded" | "lost" | null;
      })[];
      timings: {
        /** From receipt to the start of the workflow */
        queuedMs: number | null;
        /** From then to the final state */
        runningMs: number | null;
      };
      temporal: {
        namespace: string;
        workflowId: string;
        runId: string | null;
      };
      temporalUiUrl: string | null;
      consoleUrl: string;
    };
    Failure: {
      code: string;
      message: string;
      path?: string | undefined;
      name?: string | undefined;
      stack?: string | undefined;
    } | null;
    Flow: {
      /** UUIDv7, sorts by time of creation */
      id: string;
      key: string;
      name: string;
      /** UUIDv7, sorts by time of creation */
      instanceId: string;
      /** Holds the endpoint's token: treat it as a secret */
      webhookUrl: string;
      trigger: {
        type: string;
        [name: string]: unknown;
      };
      /** null: begun by something else */
      schedule: {
        /** off: the config variable that it takes its times from has no value */
        state: "on" | "off" | "paused";
        /** The timetable in words */
        words: string | null;
        nextRun: string | null;
      } | null;
      security: {
        apiKeys: "none" | "optional" | "required";
        activeApiKeys: number;
        signature: string | null;
        signingSecret: "not-needed" | "missing" | "set";
      };
      /** Not, or no longer, in the deployed version: answers 410 */
      removed: boolean;
      createdAt: string;
    };
    FoundLogLine: {
      at: string;
      severity: "debug" | "info" | "warn" | "error";
      path: string;
      attempt: number;
      stepAttempt: number;
      line: number;
      message: string;
      /** UUIDv7, sorts by time of creation */
      executionId: string;
      /** UUIDv7, sorts by time of creation */
      instanceId: string;
      /** UUIDv7, sorts by time of creation */
      customerId: string;
      flowKey: string;
    };
    Instance: {
      /** UUIDv7, sorts by time of creation */
      id: string;
      name: string;
      description: string;
      labels: (string)[];
      /** UUIDv7, sorts by time of creation */
      customerId: string;
      customerName: string;
      /** UUIDv7, sorts by time of creation */
      integrationId: string;
      integrationKey: string;
      /** UUIDv7, sorts by time of creation */
      versionId: string;
      version: number;
      versionWithdrawn: boolean;
      /** That is not withdrawn; 0 where none is left */
      latestVersion: number;
      /** The draft, saved and not yet deployed */
      config: {
        [name: string]: unknown;
      };
      /** Why a person should look at it; empty where nothing calls for that */
      attention: ("failed-last-run" | "schedule-overdue" | "missing-config" | "withdrawn-version" | "new-version")[];
      configuration: "incomplete" | "complete";
      /** What deploying would ask for */
      missing: ({
        field: string;
        message: string;
      })[];
      deployedRevision: number | null;
      activity: "enabled" | "paused";
      pausedAt: string | null;
      /** UUIDv7, sorts by time of creation */
      pausedBy: string | null;
      pauseReason: string | null;
      /** Its deletion is under way: it takes no change */
      deletingAt: string | null;
      /** The execution that came last */
      lastRun: {
        /** UUIDv7, sorts by time of creation */
        executionId: string;
        state: "held" | "queued" | "running" | "waiting" | "succeeded" | "failed" | "cancelled" | "superseded" | "lost";
        receivedAt: string;
      } | null;
      /** What the flows that run at a deploy made of the last one */
      deployRuns: ({
        flowKey: string;
        /** UUIDv7, sorts by time of creation */
        executionId: string;
        /** null: retention has taken it */
        state: "held" | "queued" | "running" | "waiting" | "succeeded" | "failed" | "cancelled" | "superseded" | "lost" | null;
        error: {
          code: string;
          message: string;
        } | null;
      })[];
      /** Raised at each change; the ETag */
      edit: number;
      createdAt: string;
      updatedAt: string;
    };
    Integration: {
      /** UUIDv7, sorts by time of creation */
      id: string;
      key: string;
      name: string;
      description: string;
      category: string;
      /** An https or data URL, or empty */
      icon: string;
      /** Markdown */
      documentation: string;
      /** That is not withdrawn; 0 where none is left */
      latestVersion: number;
      /** Raised at each change; the ETag */
      edit: number;
      createdAt: string;
      updatedAt: string;
    };
    Job: {
      /** UUIDv7, sorts by time of creation */
      id: string;
      kind: "upgrade-instances";
      state: "queued" | "running" | "done" | "cancelled";
      dryRun: boolean;
      /** As the job was made; `to` resolved to a version */
      parameters: {
        [name: string]: unknown;
      };
      ratePerMinute: number;
      note: string;
      /** Items by state */
      counts: {
        total: number;
        /** Not begun */
        queued: number;
        /** Done; in a dry run: would be */
        changed: number;
        /** Had nothing to change */
        unchanged: number;
        /** For a reason that somebody can mend: see its code and problems */
        refused: number;
        /** For a fault of Millrace */
        failed: number;
        /** The job was cancelled before it */
        skipped: number;
      };
      /** UUIDv7, sorts by time of creation */
      createdBy: string | null;
      createdAt: string;
      startedAt: string | null;
      finishedAt: string | null;
      temporalUiUrl: string | null;
    };
    JobItem: {
      /** What the job does it to: of an upgrade the instance */
      subjectId: string;
      /** UUIDv7, sorts by time of creation */
      instanceId: string;
      instanceName: string;
      customerName: string;
      state: "queued" | "changed" | "unchanged" | "refused" | "failed" | "skipped";
      result: {
        fromVersion: number;
        toVersion: number;
        /** null: a dry run, or nothing to change */
        revision: number | null;
        /** UUIDv7, sorts by time of creation */
        revisionId: string | null;
        /** What differs from the revision before it, by name; see /instances/{id}/diff for more */
        changes: {
          config: {
            added: (string)[];
            removed: (string)[];
            changed: (string)[];
          };
          permissions: {
            gained: (string)[];
            lost: (string)[];
          };
          flows: {
            added: (string)[];
            removed: (string)[];
            changed: (string)[];
          };
        } | null;
      } | null;
      /** Why it was refused or failed (docs/errors.md) */
      code: string | null;
      message: string | null;
      /** Missing values, permissions to approve */
      problems: ({
        field: string;
        message: string;
      })[];
      finishedAt: string | null;
    };
    LogLine: {
      at: string;
      severity: "debug" | "info" | "warn" | "error";
      path: string;
      attempt: number;
      stepAttempt: number;
      line: number;
      message: string;
    };
    Me: {
      /** UUIDv7, sorts by time of creation */
      organizationId: string;
      role: "owner" | "admin" | "builder" | "operator" | "viewer";
      /** UUIDv7, sorts by time of creation */
      userId: string | null;
      /** UUIDv7, sorts by time of creation */
      tokenId: string | null;
    };
    Payload: {
      method: string;
      path: string;
      query: string;
      /** Secrets masked */
      headers: ([string, string])[];
      bodyBytes: number;
      encoding: "utf8" | "base64";
      body: string;
    };
    Problem: {
      type: string;
      title: string;
      status: number;
      detail: string;
      code: string;
      field?: string | undefined;
      problems?: ({
        field: string;
        message: string;
      })[] | undefined;
      requestId?: string | undefined;
    };
    Published: {
      /** false: this very bundle is a version already */
      created: boolean;
      integration: components["schemas"]["Integration"];
      version: components["schemas"]["Version"];
    };
    Revision: {
      /** UUIDv7, sorts by time of creation */
      id: string;
      /** Of a draft at a test: numbered apart, and never deployed */
      draft: boolean;
      number: number;
      version: number;
      /** UUIDv7, sorts by time of creation */
      versionId: string;
      config: {
        [name: string]: unknown;
      };
      /** Permissions granted to the instance */
      grants: {
        [name: string]: unknown;
      };
      note: string;
      current: boolean;
      /** UUIDv7, sorts by time of creation */
      createdBy: string | null;
      createdAt: string;
    };
    Schedule: {
      /** off: the config variable that it takes its times from has no value */
      state: "on" | "off" | "paused";
      /** The timetable in words */
      words: string | null;
      nextRun: string | null;
      /** UUIDv7, sorts by time of creation */
      flowId: string;
      cron: string | null;
      timeZone: string | null;
      everyMs: number | null;
      overlap: "skip" | "queue-one" | "allow";
      catchUpMs: number;
      /** The next five, if nothing is paused or changed */
      nextRuns: (string)[];
      /** The last tick that was not made up for */
      lastMissed: string | null;
      /** Of the last day, newest first, at most 20 */
      ticks: ({
        nominalAt: string;
        firedAt: string;
        /** waiting, skipped: an earlier execution of the schedule had not ended */
        outcome: "queued" | "waiting" | "skipped";
        /** UUIDv7, sorts by time of creation */
        executionId: string | null;
      })[];
    };
    SignatureCheck: {
      verified: boolean;
      /** As the flow's trigger has it */
      scheme: string;
      /** What the sender is told; null where the signature is right */
      reason: string | null;
      /** What it would fit, or what often leads to this, each with what to do */
      causes: (string)[];
      /** That holds the signature */
      header: string | null;
      /** The header's value */
      received: string | null;
      /** How the value should begin: too little of it to sign with */
      expected: string | null;
      algorithm: string | null;
      /** What is signed, as UTF-8; its beginning where it is long */
      baseString: string | null;
      baseStringBytes: number | null;
      /** For the sender to compare its own with */
      baseStringSha256: string | null;
      /** Of signing, in seconds; null where the scheme signs none */
      time: {
        header: string;
        value: string | null;
        toleranceMs: number;
      } | null;
    };
    StartedExecution: {
      /** UUIDv7, sorts by time of creation */
      executionId: string;
      /** UUIDv7, sorts by time of creation */
      revisionId: string;
      keptSteps: (string)[];
    };
    StateValue: {
      flow: string | null;
      key: string;
      value?: unknown;
      /** That wrote it; null: a person did */
      executionId: string | null;
      updatedAt: string;
    };
    Step: {
      path: string;
      name: string;
      state: "pending" | "succeeded" | "kept" | "failed";
      /** Left out above the size that is shown */
      output?: unknown;
      outputCharacters: number;
      attempts: (components["schemas"]["StepAttempt"])[];
    };
    StepAttempt: {
      generation: number;
      /** The flow's attempt */
      attempt: number;
      stepAttempt: number;
      outcome: string;
      startedAt: string;
      waitMs: number;
      runMs: number;
      cpuMs: number;
      peakHeapMb: number | null;
      fetches: {
        [name: string]: unknown;
      } | null;
      accesses: {
        [name: string]: unknown;
      } | null;
      logsDropped: number;
      error: {
        code: string;
        message: string;
        [name: string]: unknown;
      } | null;
    };
    Token: {
      /** UUIDv7, sorts by time of creation */
      id: string;
      name: string;
      /** First characters of the token, to find it by */
      start: string;
      role: "owner" | "admin" | "builder" | "operator" | "viewer";
      /** UUIDv7, sorts by time of creation */
      createdBy: string | null;
      createdAt: string;
      lastUsedAt: string | null;
      expiresAt: string | null;
    };
    Version: {
      /** UUIDv7, sorts by time of creation */
      id: string;
      /** UUIDv7, sorts by time of creation */
      integrationId: string;
      number: number;
      bundleSha256: string;
      note: string;
      commit: string | null;
      /** UUIDv7, sorts by time of creation */
      publishedBy: string | null;
      createdAt: string;
      /** No instance takes it any more; those that run it keep it */
      withdrawn: {
        at: string;
        /** UUIDv7, sorts by time of creation */
        by: string | null;
        reason: string;
      } | null;
      /** What it allows beyond the version before it; nothing for the first */
      widens: (components["schemas"]["Widening"])[];
      /** As the bundle declares it, defaults filled in */
      definition: {
        [name: string]: unknown;
      };
    };
    Widening: {
      permission: "net" | "env";
      change: "allowed" | "no-longer-denied";
      /** `*` for any */
      rule: string;
    };
  };
}

export interface paths {
  "/api/v1/customers": {
    get: {
      parameters: {
        query?: {
          cursor?: string | undefined;
          limit?: number | undefined;
          search?: string | undefined;
          name?: string | undefined;
          externalId?: string | undefined;
          label?: string | undefined;
          sort?: "newest" | "name" | undefined;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": {
          items: (components["schemas"]["Customer"])[];
          /** null on the last page */
          nextCursor: string | null;
        } }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    put?: never;
    post: {
      parameters: {
        query?: never;
        header?: {
          "idempotency-key"?: string | undefined;
        };
        path?: never;
        cookie?: never;
      };
      requestBody: { content: { "application/json": {
        name: string;
        description?: string | undefined;
        externalId?: string | undefined;
        labels?: (string)[] | undefined;
      } } };
      responses: {
        201: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Customer"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/customers/{id}": {
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Customer"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    put?: never;
    post?: never;
    delete: {
      parameters: {
        query?: {
          confirm?: string | undefined;
        };
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        202: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Accepted"] }; };
        204: { headers: { [name: string]: unknown }; content?: never; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    options?: never;
    head?: never;
    patch: {
      parameters: {
        query?: never;
        header?: {
          "if-match"?: string | undefined;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody: { content: { "application/json": {
        name?: string | undefined;
        description?: string | undefined;
        externalId?: string | null | undefined;
        labels?: (string)[] | undefined;
      } } };
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Customer"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    trace?: never;
  };
  "/api/v1/events": {
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "text/event-stream": string }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/executions": {
    get: {
      parameters: {
        query?: {
          cursor?: string | undefined;
          limit?: number | undefined;
          instance?: string | undefined;
          customer?: string | undefined;
          integration?: string | undefined;
          flow?: string | undefined;
          state?: string | undefined;
          version?: number | undefined;
          from?: string | undefined;
          to?: string | undefined;
          text?: string | undefined;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": {
          items: (components["schemas"]["Execution"])[];
          /** null on the last page */
          nextCursor: string | null;
        } }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/executions/{id}": {
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["ExecutionDetail"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/executions/{id}/audit": {
    get: {
      parameters: {
        query?: {
          cursor?: string | undefined;
          limit?: number | undefined;
          granted?: "true" | "false" | undefined;
        };
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": {
          /** UUIDv7, sorts by time of creation */
          organizationId: string;
          items: (components["schemas"]["Access"])[];
          /** null on the last page */
          nextCursor: string | null;
          /** Accesses beyond those that are kept for each try of a step */
          dropped: number;
        } }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/executions/{id}/cancel": {
    get?: never;
    put?: never;
    post: {
      parameters: {
        query?: never;
        header?: {
          "idempotency-key"?: string | undefined;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Accepted"] }; };
        202: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Accepted"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/executions/{id}/logs": {
    get: {
      parameters: {
        query?: {
          cursor?: string | undefined;
          limit?: number | undefined;
          severity?: "debug" | "info" | "warn" | "error" | undefined;
          text?: string | undefined;
        };
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": {
          items: (components["schemas"]["LogLine"])[];
          nextCursor: string | null;
        } }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/executions/{id}/payload": {
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Payload"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/executions/{id}/replay": {
    get?: never;
    put?: never;
    post: {
      parameters: {
        query?: never;
        header?: {
          "idempotency-key"?: string | undefined;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody: { content: { "application/json": {
        /** The instance's deployed revision, or the one that the execution ran */
        revision?: "current" | "original" | undefined;
      } } };
      responses: {
        202: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["StartedExecution"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/executions/{id}/resume": {
    get?: never;
    put?: never;
    post: {
      parameters: {
        query?: never;
        header?: {
          "idempotency-key"?: string | undefined;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody: { content: { "application/json": {
        /** Kept results fit the original; choose current after deploying a corrected step */
        revision?: "current" | "original" | undefined;
      } } };
      responses: {
        202: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["StartedExecution"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/executions/{id}/retry-now": {
    get?: never;
    put?: never;
    post: {
      parameters: {
        query?: never;
        header?: {
          "idempotency-key"?: string | undefined;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        202: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Accepted"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/executions/{id}/steps": {
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": {
          items: (components["schemas"]["Step"])[];
        } }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/flows/{id}": {
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Flow"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/flows/{id}/api-keys": {
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": {
          items: (components["schemas"]["ApiKey"])[];
        } }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    put?: never;
    post: {
      parameters: {
        query?: never;
        header?: {
          "idempotency-key"?: string | undefined;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody: { content: { "application/json": {
        name: string;
        /** One of your own; left out, one is generated */
        apiKey?: string | undefined;
      } } };
      responses: {
        201: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["CreatedApiKey"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/flows/{id}/api-keys/{keyId}": {
    get?: never;
    put?: never;
    post?: never;
    delete: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
          keyId: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        204: { headers: { [name: string]: unknown }; content?: never; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/flows/{id}/requests": {
    get: {
      parameters: {
        query?: {
          only?: "accepted" | "refused" | undefined;
          limit?: number | undefined;
        };
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": {
          items: (components["schemas"]["EndpointRequest"])[];
        } }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/flows/{id}/schedule": {
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Schedule"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/flows/{id}/signing-secret": {
    get?: never;
    put: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody: { content: { "application/json": {
        /** Written only: nothing reads it back */
        secret: string;
      } } };
      responses: {
        204: { headers: { [name: string]: unknown }; content?: never; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/flows/{id}/test": {
    get?: never;
    put?: never;
    post: {
      parameters: {
        query?: never;
        header?: {
          "idempotency-key"?: string | undefined;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody: { content: { "application/json": {
        /** Runs the saved draft, in a revision of its own that is never deployed */
        draft?: boolean | undefined;
        method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | undefined;
        path?: string | undefined;
        query?: string | undefined;
        contentType?: string | undefined;
        headers?: {
          [name: string]: string;
        } | undefined;
        body?: string | undefined;
        encoding?: "utf8" | "base64" | undefined;
      } } };
      responses: {
        202: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["StartedExecution"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/flows/{id}/verify-signature": {
    get?: never;
    put?: never;
    post: {
      parameters: {
        query?: never;
        header?: {
          "idempotency-key"?: string | undefined;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody: { content: { "application/json": {
        headers?: {
          [name: string]: string;
        } | undefined;
        /** The bytes that were signed and sent */
        body?: string | undefined;
        encoding?: "utf8" | "base64" | undefined;
        /** When it arrived, for schemes that sign the time; now, where it is left out */
        receivedAt?: string | undefined;
      } } };
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["SignatureCheck"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/instances": {
    get: {
      parameters: {
        query?: {
          cursor?: string | undefined;
          limit?: number | undefined;
          search?: string | undefined;
          name?: string | undefined;
          description?: string | undefined;
          label?: string | undefined;
          customer?: string | undefined;
          integration?: string | undefined;
          version?: number | undefined;
          state?: "enabled" | "paused" | "deployed" | "undeployed" | "outdated" | "withdrawn" | "deleting" | undefined;
          attention?: "any" | "failed-last-run" | "schedule-overdue" | "missing-config" | "withdrawn-version" | "new-version" | undefined;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": {
          items: (components["schemas"]["Instance"])[];
          /** null on the last page */
          nextCursor: string | null;
        } }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    put?: never;
    post: {
      parameters: {
        query?: never;
        header?: {
          "idempotency-key"?: string | undefined;
        };
        path?: never;
        cookie?: never;
      };
      requestBody: { content: { "application/json": {
        /** UUIDv7, sorts by time of creation */
        customerId: string;
        /** UUIDv7, sorts by time of creation */
        integrationId: string;
        /** The latest where it is left out */
        version?: number | undefined;
        name: string;
        description?: string | undefined;
        labels?: (string)[] | undefined;
        /** As `GET /integrations/{id}/versions/{number}/config-schema` describes them */
        config?: {
          [name: string]: unknown;
        } | undefined;
      } } };
      responses: {
        201: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Instance"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/instances/{id}": {
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Instance"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    put?: never;
    post?: never;
    delete: {
      parameters: {
        query: {
          confirm: string;
        };
        header?: {
          "if-match"?: string | undefined;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        202: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Accepted"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    options?: never;
    head?: never;
    patch: {
      parameters: {
        query?: never;
        header?: {
          "if-match"?: string | undefined;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody: { content: { "application/json": {
        name?: string | undefined;
        description?: string | undefined;
        labels?: (string)[] | undefined;
        /** Takes effect with the next deploy */
        version?: number | undefined;
        /** The instance's `edit` that this change was made from: 409 where it has moved on */
        edit?: number | undefined;
      } } };
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Instance"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    trace?: never;
  };
  "/api/v1/instances/{id}/approvals": {
    get: {
      parameters: {
        query?: {
          cursor?: string | undefined;
          limit?: number | undefined;
        };
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": {
          items: (components["schemas"]["Approval"])[];
          /** null on the last page */
          nextCursor: string | null;
        } }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/instances/{id}/approve": {
    get?: never;
    put?: never;
    post: {
      parameters: {
        query?: never;
        header?: {
          "idempotency-key"?: string | undefined;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody: { content: { "application/json": {
        /** The one that the instance is set to where it is left out */
        version?: number | undefined;
        note?: string | undefined;
      } } };
      responses: {
        201: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Approval"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/instances/{id}/config": {
    get?: never;
    put: {
      parameters: {
        query?: never;
        header?: {
          "if-match"?: string | undefined;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody: { content: { "application/json": {
        /** As `GET /integrations/{id}/versions/{number}/config-schema` describes them */
        values: {
          [name: string]: unknown;
        };
        /** The instance's `edit` that this change was made from: 409 where it has moved on */
        edit?: number | undefined;
      } } };
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Instance"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/instances/{id}/config/{variable}/options": {
    get: {
      parameters: {
        query?: {
          values?: string | undefined;
        };
        header?: never;
        path: {
          id: string;
          variable: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["ConfigChoices"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/instances/{id}/deploy": {
    get?: never;
    put?: never;
    post: {
      parameters: {
        query?: never;
        header?: {
          "if-match"?: string | undefined;
          "idempotency-key"?: string | undefined;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody: { content: { "application/json": {
        /** Permissions, where the instance gets less than its version asks for; as in a manifest */
        grants?: {
          [name: string]: unknown;
        } | undefined;
        note?: string | undefined;
        /** The instance's `edit` that this change was made from: 409 where it has moved on */
        edit?: number | undefined;
      } } };
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Instance"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/instances/{id}/diff": {
    get: {
      parameters: {
        query?: {
          from?: string | undefined;
          to?: string | undefined;
        };
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["DeploymentDiff"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/instances/{id}/flows": {
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": {
          items: (components["schemas"]["Flow"])[];
        } }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/instances/{id}/flows/{key}/test": {
    get?: never;
    put?: never;
    post: {
      parameters: {
        query?: never;
        header?: {
          "idempotency-key"?: string | undefined;
        };
        path: {
          id: string;
          key: string;
        };
        cookie?: never;
      };
      requestBody: { content: { "application/json": {
        /** Runs the saved draft, in a revision of its own that is never deployed */
        draft?: boolean | undefined;
        method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | undefined;
        path?: string | undefined;
        query?: string | undefined;
        contentType?: string | undefined;
        headers?: {
          [name: string]: string;
        } | undefined;
        body?: string | undefined;
        encoding?: "utf8" | "base64" | undefined;
      } } };
      responses: {
        202: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["StartedExecution"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/instances/{id}/pause": {
    get?: never;
    put?: never;
    post: {
      parameters: {
        query?: never;
        header?: {
          "if-match"?: string | undefined;
          "idempotency-key"?: string | undefined;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody: { content: { "application/json": {
        reason?: string | undefined;
      } } };
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Instance"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/instances/{id}/revisions": {
    get: {
      parameters: {
        query?: {
          cursor?: string | undefined;
          limit?: number | undefined;
          drafts?: "true" | "false" | undefined;
        };
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": {
          items: (components["schemas"]["Revision"])[];
          /** null on the last page */
          nextCursor: string | null;
        } }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/instances/{id}/rollback": {
    get?: never;
    put?: never;
    post: {
      parameters: {
        query?: never;
        header?: {
          "if-match"?: string | undefined;
          "idempotency-key"?: string | undefined;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody: { content: { "application/json": {
        revision: number;
        note?: string | undefined;
        /** The instance's `edit` that this change was made from: 409 where it has moved on */
        edit?: number | undefined;
      } } };
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Instance"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/instances/{id}/state": {
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": {
          items: (components["schemas"]["StateValue"])[];
        } }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    put: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody: { content: { "application/json": {
        /** Key of the flow whose value it is; left out: the instance's */
        flow?: string | undefined;
        key: string;
        /** Any JSON */
        value: unknown;
      } } };
      responses: {
        204: { headers: { [name: string]: unknown }; content?: never; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    post?: never;
    delete: {
      parameters: {
        query: {
          flow?: string | undefined;
          key: string;
        };
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        204: { headers: { [name: string]: unknown }; content?: never; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/instances/{id}/unpause": {
    get?: never;
    put?: never;
    post: {
      parameters: {
        query?: never;
        header?: {
          "if-match"?: string | undefined;
          "idempotency-key"?: string | undefined;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Instance"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/instances/{id}/upgrade": {
    get?: never;
    put?: never;
    post: {
      parameters: {
        query?: never;
        header?: {
          "if-match"?: string | undefined;
          "idempotency-key"?: string | undefined;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody: { content: { "application/json": {
        /** The latest where it is left out */
        version?: number | undefined;
        /** Set beside those that are saved; what the version has no use for is left behind */
        values?: {
          [name: string]: unknown;
        } | undefined;
        note?: string | undefined;
        /** The instance's `edit` that this change was made from: 409 where it has moved on */
        edit?: number | undefined;
      } } };
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Instance"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/integrations": {
    get: {
      parameters: {
        query?: {
          cursor?: string | undefined;
          limit?: number | undefined;
          search?: string | undefined;
          key?: string | undefined;
          category?: string | undefined;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": {
          items: (components["schemas"]["Integration"])[];
          /** null on the last page */
          nextCursor: string | null;
        } }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/integrations/publish": {
    get?: never;
    put?: never;
    post: {
      parameters: {
        query?: never;
        header?: {
          "idempotency-key"?: string | undefined;
        };
        path?: never;
        cookie?: never;
      };
      requestBody: { content: { "application/json": {
        /** The bundled module's source */
        bundle: string;
        sourceMap?: string | undefined;
        note?: string | undefined;
        commit?: string | undefined;
      } } };
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Published"] }; };
        201: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Published"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/integrations/{id}": {
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Integration"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch: {
      parameters: {
        query?: never;
        header?: {
          "if-match"?: string | undefined;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody: { content: { "application/json": {
        category?: string | undefined;
        icon?: string | undefined;
        documentation?: string | undefined;
      } } };
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Integration"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    trace?: never;
  };
  "/api/v1/integrations/{id}/versions": {
    get: {
      parameters: {
        query?: {
          cursor?: string | undefined;
          limit?: number | undefined;
        };
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": {
          items: (components["schemas"]["Version"])[];
          /** null on the last page */
          nextCursor: string | null;
        } }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/integrations/{id}/versions/{number}": {
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
          number: number;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Version"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/integrations/{id}/versions/{number}/config-schema": {
    get: {
      parameters: {
        query?: {
          audience?: "organization" | "customer" | undefined;
        };
        header?: never;
        path: {
          id: string;
          number: number;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["ConfigSchema"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/integrations/{id}/versions/{number}/restore": {
    get?: never;
    put?: never;
    post: {
      parameters: {
        query?: never;
        header?: {
          "idempotency-key"?: string | undefined;
        };
        path: {
          id: string;
          number: number;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Version"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/integrations/{id}/versions/{number}/withdraw": {
    get?: never;
    put?: never;
    post: {
      parameters: {
        query?: never;
        header?: {
          "idempotency-key"?: string | undefined;
        };
        path: {
          id: string;
          number: number;
        };
        cookie?: never;
      };
      requestBody: { content: { "application/json": {
        reason: string;
      } } };
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Version"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/jobs": {
    get: {
      parameters: {
        query?: {
          cursor?: string | undefined;
          limit?: number | undefined;
          kind?: "upgrade-instances" | undefined;
          state?: "queued" | "running" | "done" | "cancelled" | undefined;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": {
          items: (components["schemas"]["Job"])[];
          /** null on the last page */
          nextCursor: string | null;
        } }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/jobs/upgrade-instances": {
    get?: never;
    put?: never;
    post: {
      parameters: {
        query?: never;
        header?: {
          "idempotency-key"?: string | undefined;
        };
        path?: never;
        cookie?: never;
      };
      requestBody: { content: { "application/json": {
        /** UUIDv7, sorts by time of creation */
        integrationId: string;
        /** A version's number, or the latest when the job is made */
        to?: "latest" | number | undefined;
        filter?: {
          /** It has all of these */
          labels?: (string)[] | undefined;
          /** UUIDv7, sorts by time of creation */
          customerId?: string | undefined;
          /** It is set to this version now */
          version?: number | undefined;
          /** It is all of these */
          states?: ("enabled" | "paused" | "deployed" | "undeployed" | "outdated" | "withdrawn" | "deleting")[] | undefined;
          /** It is one of these; an unknown one refuses the job */
          instanceIds?: (string)[] | undefined;
        } | undefined;
        /** Whether an instance with changes that were saved and not deployed is refused, or takes them too */
        drafts?: "refuse" | "deploy" | undefined;
        /** Changes nothing and tells what would become of each instance */
        dryRun?: boolean | undefined;
        /** Items that may be begun in a minute, so that live traffic does not suffer */
        ratePerMinute?: number | undefined;
        /** Of the job, and of each revision that it makes */
        note?: string | undefined;
      } } };
      responses: {
        201: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Job"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/jobs/{id}": {
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Job"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/jobs/{id}/cancel": {
    get?: never;
    put?: never;
    post: {
      parameters: {
        query?: never;
        header?: {
          "idempotency-key"?: string | undefined;
        };
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Job"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/jobs/{id}/items": {
    get: {
      parameters: {
        query?: {
          cursor?: string | undefined;
          limit?: number | undefined;
          state?: "queued" | "changed" | "unchanged" | "refused" | "failed" | "skipped" | undefined;
        };
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": {
          items: (components["schemas"]["JobItem"])[];
          /** null on the last page */
          nextCursor: string | null;
        } }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/logs": {
    get: {
      parameters: {
        query?: {
          cursor?: string | undefined;
          limit?: number | undefined;
          text?: string | undefined;
          severity?: "debug" | "info" | "warn" | "error" | undefined;
          instance?: string | undefined;
          customer?: string | undefined;
          execution?: string | undefined;
          from?: string | undefined;
          to?: string | undefined;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": {
          items: (components["schemas"]["FoundLogLine"])[];
          /** null on the last page */
          nextCursor: string | null;
        } }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/me": {
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Me"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/tokens": {
    get: {
      parameters: {
        query?: {
          cursor?: string | undefined;
          limit?: number | undefined;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": {
          items: (components["schemas"]["Token"])[];
          /** null on the last page */
          nextCursor: string | null;
        } }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    put?: never;
    post: {
      parameters: {
        query?: never;
        header?: {
          "idempotency-key"?: string | undefined;
        };
        path?: never;
        cookie?: never;
      };
      requestBody: { content: { "application/json": {
        name: string;
        role?: "owner" | "admin" | "builder" | "operator" | "viewer" | undefined;
        expiresInDays?: number | undefined;
      } } };
      responses: {
        201: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["CreatedToken"] }; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/tokens/{id}": {
    get?: never;
    put?: never;
    post?: never;
    delete: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        204: { headers: { [name: string]: unknown }; content?: never; };
        default: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] }; };
      };
    };
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
