// Types, lint, format, unused code and unit tests. Every failure is shown.
import { CHECKS, printChecks, runChecks } from "./checks.mjs";

const unit = ["unit", "vitest", ["run", "--project", "unit", "--reporter=dot"]];
const results = await runChecks([...CHECKS, unit]);
printChecks(results);
process.exitCode = results.some(({ code }) => code !== 0) ? 1 : 0;
