import type { AnyStep, Path } from "./path.ts";
import { BUILT_IN_NAMES, type BuiltIn } from "./spec.ts";

/** The step takes or releases a lock by its operation, or may sleep. */
export const usesLocks = ({ operation }: AnyStep): boolean => operation !== undefined && operation !== "freeRcu";

const uses = ({ entries }: Path): boolean =>
  [...entries.values()].some((entry) => (entry.kind === "call" ? uses(entry.path) : usesLocks(entry)));

/** What a check is about that not every scenario has. */
const ABOUT: { readonly [C in BuiltIn]?: (path: Path) => boolean } = {
  locking: uses,
  "use-after-free": ({ world }) => world.slots.length > 0,
  "double-free": ({ world }) => world.slots.length > 0,
};

/** The checks of a scenario whose threads run these paths: those of locks and of slabs only where it has any. */
export const checksOf = (paths: readonly Path[]): readonly BuiltIn[] =>
  BUILT_IN_NAMES.filter((name) => ABOUT[name] === undefined || paths.some(ABOUT[name]));

/** Those that not every scenario has. */
export const isConditional = (name: string): boolean => name in ABOUT;
