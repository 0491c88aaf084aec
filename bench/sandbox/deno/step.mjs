// One step in a process of its own: input on stdin, output on stdout. Run by Deno.
const input = JSON.parse(await new Response(Deno.stdin.readable).text());
console.log(JSON.stringify({ output: input.step === "a" ? 1 : 2 }));
