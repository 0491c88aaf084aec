import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { CliError } from "./cli-error.ts";

/** The bytes of a file, or of standard input where it is called `-`. */
export async function readBody(file: string): Promise<Buffer> {
  if (file === "-") return buffer(process.stdin);
  return readFile(file).catch((cause: unknown) => {
    throw new CliError(`The body's file ${file} cannot be read`, { cause, remedy: "Check its name" });
  });
}
