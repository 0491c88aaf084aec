// The guest: answers each step with its output. Run by Deno without any permission.
self.addEventListener("message", ({ data }) =>
  self.postMessage({ id: data.id, output: data.step === "a" ? 1 : 2 }),
);
