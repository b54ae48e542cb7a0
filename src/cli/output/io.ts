import { createInterface, type ReadLineOptions } from "node:readline";
import { text } from "node:stream/consumers";
import { isatty } from "node:tty";
import { ModelError } from "../../model/error.ts";
import { onSignals, type Hearing } from "./signals.ts";

/** Somewhere a command writes text to. */
export interface Sink {
  readonly isTTY: boolean;
  /** The width of the terminal, if it is one. */
  readonly columns?: number;
  write(text: string): void;
}

/** Where a command reads from. */
export interface Source {
  readonly isTTY: boolean;
  /** All of it. */
  text(): Promise<string>;
  /** Line by line; a terminal shows `prompt` before each, and lets it be edited. */
  lines(prompt: string): AsyncIterable<string>;
}

/** What a command has of the outside world: the process itself, or a recording of it in tests. */
export interface Io {
  readonly stdin: Source;
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Where relative names of files and folders start. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * Calls `listener` with what the user did, such as `Ctrl-C`, until the returned function is called. Meanwhile the
   * process is ended if it hears neither that nor that the time is over.
   */
  onInterrupt(listener: (what: string) => void, hearing?: Hearing): () => void;
  /** Ends the process at once, for the second Ctrl-C. */
  abort(code: number): void;
}

/** The process this runs in. */
export function processIo(): Io & { readonly trouble: () => Promise<string | undefined> } {
  const stdout = sinkOf(process.stdout);
  return {
    trouble: () => stdout.trouble(),
    stdin: {
      isTTY: isatty(0),
      text: () => text(process.stdin),
      lines: (prompt) =>
        linesOf(isatty(0) ? { input: process.stdin, output: process.stdout, prompt } : { input: process.stdin }),
    },
    stdout,
    stderr: sinkOf(process.stderr),
    cwd: workingDirectory(),
    env: process.env,
    onInterrupt: (listener, hearing = {}) => onSignals(listener, hearing),
    abort: (code) => process.exit(code),
  };
}

function workingDirectory(): string {
  try {
    return process.cwd();
  } catch (error) {
    throw new ModelError(
      "the working directory is not there any more",
      { cause: "it was removed, or may not be entered", remedy: "change to a folder that exists" },
      { cause: error },
    );
  }
}

/** The lines of a stream. On a terminal, Ctrl-D ends them, and so does Ctrl-C, unless it stops something else. */
export async function* linesOf(options: ReadLineOptions): AsyncGenerator<string> {
  const reader = createInterface(options);
  // A terminal whose lines are edited gives Ctrl-C as a key.
  reader.on("SIGINT", () => {
    if (process.listenerCount("SIGINT") > 0) process.kill(process.pid, "SIGINT");
    else reader.close();
  });
  try {
    if (options.output) reader.prompt();
    for await (const line of reader) {
      yield line;
      if (options.output) reader.prompt();
    }
  } finally {
    reader.close();
  }
}

/** A sink, and why what was written to it did not arrive, once it is known. */
interface Outlet extends Sink {
  trouble(): Promise<string | undefined>;
}

const TROUBLES: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file may not grow that large",
  EIO: "the device failed",
  EBADF: "it is closed",
};

/** What cannot be written to it is dropped: files and other sinks get theirs all the same. */
function sinkOf(stream: NodeJS.WriteStream & { readonly fd: number }): Outlet {
  let failure: NodeJS.ErrnoException | undefined;
  const fail = (error: NodeJS.ErrnoException): void => {
    failure ??= error;
  };
  stream.on("error", fail);
  const write = (text: string, done?: () => void): void => {
    if (failure) return done?.();
    try {
      stream.write(text, done);
    } catch (error) {
      fail(error as NodeJS.ErrnoException);
      done?.();
    }
  };
  return {
    isTTY: isatty(stream.fd),
    get columns() {
      return stream.columns;
    },
    write: (text) => write(text),
    async trouble() {
      await new Promise<void>((done) => {
        write("", done);
      });
      // `faultline list | head` closes the pipe early: the rest of the text has no reader, and that is no error.
      if (!failure || failure.code === "EPIPE") return undefined;
      return TROUBLES[failure.code ?? ""] ?? failure.message;
    },
  };
}
