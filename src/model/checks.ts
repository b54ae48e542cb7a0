import type { Layout } from "./layout.ts";
import type { AnyStep, Path } from "./path.ts";
import { BUILT_IN_NAMES, type BuiltIn } from "./spec.ts";

/** The step takes or releases a lock by its operation, or may sleep. */
export const usesLocks = ({ operation }: AnyStep): boolean => operation !== undefined && operation !== "freeRcu";

const uses = ({ entries }: Path): boolean =>
  [...entries.values()].some((entry) => (entry.kind === "call" ? uses(entry.path) : usesLocks(entry)));

/** What a check is about that not every scenario has. */
const ABOUT: { readonly [C in BuiltIn]?: (world: Layout, paths: readonly Path[]) => boolean } = {
  locking: (_, paths) => paths.some(uses),
  "use-after-free": ({ slots }) => slots.length > 0,
  "double-free": ({ slots }) => slots.length > 0,
};

/**
 * The checks of a scenario over this world whose threads run these paths: those of locks and of slabs only where it has any.
 * A path may be of a world that has no slab: where that was extended, its steps are led to objects of one all the same.
 */
export const checksOf = (world: Layout, paths: readonly Path[]): readonly BuiltIn[] =>
  BUILT_IN_NAMES.filter((name) => ABOUT[name]?.(world, paths) ?? true);

/** Those that not every scenario has. */
export const isConditional = (name: string): boolean => name in ABOUT;
