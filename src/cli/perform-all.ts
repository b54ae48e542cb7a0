import { worstOf, type Outcome } from "./output/exit.ts";
import { openExports } from "./output/exports.ts";
import { watchInterrupts } from "./output/interrupt.ts";
import type { Io } from "./output/io.ts";
import { jsonPrinter, textPrinter } from "./output/printer.ts";
import { warner } from "./output/warnings.ts";
import { ahead } from "./ahead.ts";
import type { CheckOptions } from "./options.ts";
import { perform } from "./perform.ts";
import type { Run } from "./runs.ts";

/** Makes all runs, and prints and writes what they find; `isList` makes a list of their JSON documents. */
export async function performAll(
  runs: readonly Run[],
  options: CheckOptions,
  io: Io,
  isList: boolean,
): Promise<Outcome> {
  const printer =
    options.format === "json" ? jsonPrinter(io, isList, options.quiet) : textPrinter(io, runs.length, options);
  const warn = warner(io);
  const exports = await openExports(io, options, warn);
  const interrupt = watchInterrupts(io, { timeoutSeconds: options.search.timeoutSeconds, isFresh: true });
  const others = ahead(runs, { io, interrupt, options, warn });
  const context = { io, interrupt, options, warn, ahead: others };
  const outcomes: Outcome[] = [];
  let made = 0;
  try {
    for (const run of runs) {
      // What was not even begun is as undecided as what was cut.
      if (interrupt.reason() !== undefined && outcomes.length > 0 && !others.hasBegun(run)) {
        outcomes.push("undecided");
        break;
      }
      const { finished, outcome } = await perform(run, context, printer);
      exports.add(finished);
      outcomes.push(outcome);
      made++;
    }
    if (!(await exports.write(runs.slice(made)))) outcomes.push("wrong");
  } finally {
    await others.end();
    interrupt.release();
  }
  printer.end();
  return worstOf(outcomes);
}
