// A warm Deno process. Each line of stdin is an execution, `{ id, fresh }`, of three steps: in a Worker of its own that
// is ended after them, or in the one that stays. Each is answered by a line on stdout.
const STEPS = ["a", "b", "c"];
const open = () =>
  new Worker(new URL("./worker.mjs", import.meta.url).href, {
    type: "module",
    deno: { permissions: "none" },
  });
const warm = open();
let lastStep = 0;

function ask(worker, step) {
  const id = ++lastStep;
  return new Promise((resolve) => {
    const answered = ({ data }) => {
      if (data.id !== id) return;
      worker.removeEventListener("message", answered);
      resolve(data.output);
    };
    worker.addEventListener("message", answered);
    worker.postMessage({ id, step });
  });
}

async function execute({ id, fresh }) {
  const worker = fresh ? open() : warm;
  const outputs = [];
  for (const step of STEPS) outputs.push(await ask(worker, step));
  if (fresh) worker.terminate();
  console.log(JSON.stringify({ id, outputs }));
}

let text = "";
for await (const chunk of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  text += chunk;
  const lines = text.split("\n");
  text = lines.pop();
  for (const line of lines) void execute(JSON.parse(line));
}
Deno.exit();
