import { startMillrace } from "../support/millrace.ts";
import { fuzzApi } from "./fuzz/fuzz-api.ts";
import type { SoakOptions, SoakReport } from "./run.ts";

/** 10,000 generated questions to a whole installation; every answer is held against the description. */
const QUESTIONS = 10_000;

export async function run(_options: SoakOptions): Promise<SoakReport> {
  const millrace = await startMillrace();
  try {
    const { apiUrl: url, token } = millrace.run;
    const { tokenId } = await millrace.call<{ tokenId: string }>("GET", "/me");
    const seed = Date.now() % 2 ** 31;
    const { asked, byStatus, problems } = await fuzzApi({ url, token, tokenId, count: QUESTIONS, seed });
    const statuses = Object.entries(byStatus).map(([status, count]) => `${status}: ${count}`);
    return { lines: [`${asked} questions with seed ${seed}; answers ${statuses.join(", ")}`], problems };
  } finally {
    await millrace.stop();
    millrace.remove();
  }
}
