/**
 * Preloaded into the api and the worker of `npm start` (`--import`): a process whose parent was killed stops as it
 * does at SIGTERM, and is ended for good when that takes longer than `END_WITHIN_MS`. The channel to the parent closes
 * with the parent, however that ends.
 */
const END_WITHIN_MS = 5_000;

process.once("disconnect", () => {
  setTimeout(() => process.kill(process.pid, "SIGKILL"), END_WITHIN_MS).unref();
  process.kill(process.pid, "SIGTERM");
});
