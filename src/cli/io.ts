import type { Readable } from "node:stream";
import { isatty } from "node:tty";

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
  readonly stream: Readable;
}

/** What a command has of the outside world: the process itself, or a recording of it in tests. */
export interface Io {
  readonly stdin: Source;
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Where relative names of files and folders start. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls `listener` with what the user did, such as `Ctrl-C`, until the returned function is called. */
  onInterrupt(listener: (what: string) => void): () => void;
  /** Ends the process at once, for the second Ctrl-C. */
  abort(code: number): void;
}

const SIGNALS = { SIGINT: "Ctrl-C", SIGTERM: "SIGTERM" } as const;

/** The process this runs in. */
export function processIo(): Io {
  return {
    stdin: {
      isTTY: isatty(0),
      // Only made when it is asked for: an open standard input keeps the process waiting.
      get stream() {
        return process.stdin;
      },
    },
    stdout: sinkOf(process.stdout),
    stderr: sinkOf(process.stderr),
    cwd: process.cwd(),
    env: process.env,
    onInterrupt: (listener) => {
      const listeners = Object.entries(SIGNALS).map(([signal, what]) => [signal, () => listener(what)] as const);
      for (const [signal, heard] of listeners) process.on(signal, heard);
      return () => {
        for (const [signal, heard] of listeners) process.off(signal, heard);
      };
    },
    abort: (code) => process.exit(code),
  };
}

function sinkOf(stream: NodeJS.WriteStream & { readonly fd: number }): Sink {
  // `faultline list | head` closes the pipe early: the rest of the text has no reader, and that is no error.
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  return {
    isTTY: isatty(stream.fd),
    get columns() {
      return stream.columns;
    },
    write: (text) => {
      stream.write(text);
    },
  };
}
