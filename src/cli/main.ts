import { valuesOf } from "./option.ts";
import { explain } from "./output/errors.ts";
import { EXIT, type Outcome } from "./output/exit.ts";
import type { Io } from "./output/io.ts";
import { plainLine } from "./plain-line.ts";

/** Runs a command line and returns its exit code; all that it prints, reads and writes goes through `io`. */
export async function main(line: readonly string[], io: Io): Promise<number> {
  try {
    return EXIT[await run(line, io)].code;
  } catch (error) {
    const { text, code } = explain(error);
    io.stderr.write(text);
    return code;
  }
}

async function run(line: readonly string[], io: Io): Promise<Outcome> {
  const plain = plainLine(line);
  if (plain) return await plain.command.run(plain.words, valuesOf(plain.command.options, plain.given), io);
  let outcome: Outcome = "held";
  const { runByYargs } = await import("./yargs-line.ts");
  const output = await runByYargs(line, io, (ended) => {
    outcome = ended;
  });
  if (output !== "") io.stdout.write(`${output}\n`);
  return outcome;
}
