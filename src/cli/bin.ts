#!/usr/bin/env node
import { EXIT } from "./exit.ts";
import { uncaught } from "./errors.ts";
import { processIo } from "./io.ts";
import { main } from "./main.ts";
import { forgetAll } from "./temporary.ts";

let isOver = false;
const processOnly = processIo();
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
process.on("uncaughtException", (error: unknown, origin) => {
  const { text, code } = uncaught(error, origin === "unhandledRejection");
  io.stderr.write(text);
  io.abort(code);
});

process.exitCode = await main(process.argv.slice(2), io);
isOver = true;
