#!/usr/bin/env node
import { setFlagsFromString } from "node:v8";
import { refuseStale } from "./build.ts";
import { EXIT } from "./output/exit.ts";
import { explain, uncaught, uncaughtIn } from "./output/errors.ts";
import { processIo } from "./output/io.ts";
import { ROOT } from "./package.ts";
import { forgetAll } from "./output/temporary.ts";

// Marking beside the work what is in use keeps pauses short, which nobody notices here. For what has a heap of some
// megabytes it is a twelfth of all there is to do, and done for nothing: most of that is not collected any more.
setFlagsFromString("--no-incremental-marking");
setTimeout(() => setFlagsFromString("--incremental-marking"), 2000).unref();

let isOver = false;
const processOnly = started();
const io = {
  ...processOnly,
  abort: (code: number): void => {
    isOver = true;
    processOnly.abort(code);
  },
};

// A model is a program: it can end the process, or wait for something that never comes. Neither may look like success.
process.on("exit", () => {
  forgetAll();
  if (isOver) return;
  io.stderr.write(
    "error: the process ended before the check did\n" +
      "       a file of the model calls process.exit(), or awaits something that never comes\n" +
      "       try: leave that out\n",
  );
  process.exitCode = EXIT.wrong.code;
});
const fail = (error: unknown): void => {
  const { text, code } = explain(error);
  io.stderr.write(text);
  io.abort(code);
};
process.on("uncaughtException", (error: unknown) => fail(uncaught(error)));
process.on("unhandledRejection", (reason: unknown) => fail(uncaughtIn(reason)));

/** With a build that is not that of the sources, or without a working directory, nothing that is done could be trusted. */
function started(): ReturnType<typeof processIo> {
  try {
    refuseStale(ROOT);
    return processIo();
  } catch (error) {
    const { text, code } = explain(error);
    process.stderr.write(text);
    process.exit(code);
  }
}

// Not before: what it loads asks for the working directory, which may be gone.
void import("./main.ts").then(async ({ main }) => {
  const code = await main(process.argv.slice(2), io);
  const trouble = await io.trouble();
  if (trouble !== undefined) io.stderr.write(`error: cannot write to standard output: ${trouble}\n`);
  // A model may have left a timer or a socket behind, which would keep the process.
  io.abort(trouble === undefined ? code : EXIT.wrong.code);
});
