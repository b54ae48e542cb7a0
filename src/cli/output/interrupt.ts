import type { Io } from "./io.ts";
import type { Hearing } from "./signals.ts";
import { forgetAll } from "./temporary.ts";

// What a shell reports for a process that ended by SIGINT.
const INTERRUPTED = 130;

/** Whether the user has asked to stop. */
export interface Interrupt {
  /** What the user did, or nothing yet. */
  reason(): string | undefined;
  /** Goes back to the default: Ctrl-C ends the process. */
  release(): void;
}

/** The first Ctrl-C asks the search to stop and to report; the second ends the process at once. */
export function watchInterrupts(io: Io, hearing: Hearing = {}): Interrupt {
  let reason: string | undefined;
  const release = io.onInterrupt((what) => {
    if (reason !== undefined) {
      forgetAll();
      io.abort(INTERRUPTED);
    }
    reason = what;
    if (io.stderr.isTTY) io.stderr.write("\nstopping; Ctrl-C again ends at once\n");
  }, hearing);
  return { reason: () => reason, release };
}
