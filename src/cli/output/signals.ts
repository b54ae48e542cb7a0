import { watch } from "../watchdog.ts";
import { followTemporaries } from "./temporary.ts";

const SIGNALS = { SIGINT: "Ctrl-C", SIGTERM: "SIGTERM" } as const;

/** How signals are heard. */
export interface Hearing {
  /** What --timeout allows a search: the process is ended if it does not hear that it is over. */
  readonly timeoutSeconds?: number | undefined;
  /** Whether nothing has been done yet that anybody would miss. */
  readonly isFresh?: boolean;
}

// So much work is soon done again.
const LITTLE_MS = 2000;

/**
 * Calls `listener` with what the user did, until the returned function is called. Meanwhile a thread guards the process
 * against being deaf. What is fresh does without: for two seconds, a signal ends the process as it would end any other,
 * however busy that is with one thing, but while files are being written. Most checks are over before that.
 */
export function onSignals(listener: (what: string) => void, { timeoutSeconds, isFresh = false }: Hearing): () => void {
  const heard = Object.entries(SIGNALS).map(([signal, what]) => [signal, () => listener(what)] as const);
  const forget = (): void => {
    for (const [signal, hear] of heard) process.off(signal, hear);
  };
  const hear = (isHeard: boolean): void => {
    forget();
    if (isHeard) for (const [signal, hear] of heard) process.on(signal, hear);
  };
  let letGo = (): void => followTemporaries(undefined);
  const guard = (): void => {
    hear(true);
    letGo = watch(timeoutSeconds);
  };
  let later: NodeJS.Timeout | undefined;
  if (isFresh && timeoutSeconds === undefined) {
    later = setTimeout(guard, LITTLE_MS).unref();
    followTemporaries(({ temporaries, empty }) => hear(temporaries.length > 0 || empty.length > 0));
  } else guard();
  return () => {
    clearTimeout(later);
    letGo();
    hear(false);
  };
}
