import { partsOf, type AnyCall, type AnyStep, type Path } from "./path.ts";
import { watched } from "./running.ts";

/** The same path, whose functions are watched while they run. */
export const watchedPath = (path: Path): Path => ({
  ...path,
  entries: new Map([...path.entries].map(([label, entry]) => [label, watchedEntry(entry)])),
});

export const watchedEntry = (entry: AnyStep | AnyCall): AnyStep | AnyCall =>
  entry.kind === "step"
    ? { ...entry, run: watched(entry.run), parts: partsOf(entry) }
    : {
        ...entry,
        args: watched((me: never) => entry.args(me)),
        leave: watched((me: never, callee: unknown) => entry.leave(me, callee)),
      };
