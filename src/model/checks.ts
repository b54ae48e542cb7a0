import type { Layout } from "./layout.ts";
import type { AnyStep, Path } from "./path.ts";
import { BUILT_IN_NAMES, type BuiltIn } from "./spec.ts";

/** The step takes or releases a lock by its operation, or may sleep. */
export const usesLocks = (step: AnyStep): boolean => step.operation !== undefined && !usesSlab(step);

/** The step allocates or frees an object of a slab. */
export const usesSlab = ({ operation }: AnyStep): boolean =>
  operation === "alloc" || operation === "free" || operation === "freeRcu";

const someStep = ({ entries }: Path, holds: (step: AnyStep) => boolean): boolean =>
  [...entries.values()].some((entry) => (entry.kind === "call" ? someStep(entry.path, holds) : holds(entry)));

/** Objects come and go: a world may have slabs of which a scenario uses what is allocated from the beginning. */
const slabsChange = ({ slots }: Layout, paths: readonly Path[]): boolean =>
  slots.length > 0 && paths.some((path) => someStep(path, usesSlab));

/** What a check is about that not every scenario has. */
const ABOUT: { readonly [C in BuiltIn]?: (world: Layout, paths: readonly Path[]) => boolean } = {
  locking: (_, paths) => paths.some((path) => someStep(path, usesLocks)),
  "use-after-free": slabsChange,
  "double-free": slabsChange,
};

/**
 * The checks of a scenario over this world whose threads run these paths: those of locks and of slabs only where it has any.
 * A path may be of a world that has no slab: where that was extended, its steps are led to objects of one all the same.
 */
export const checksOf = (world: Layout, paths: readonly Path[]): readonly BuiltIn[] =>
  BUILT_IN_NAMES.filter((name) => ABOUT[name]?.(world, paths) ?? true);

/** Those that not every scenario has. */
export const isConditional = (name: string): boolean => name in ABOUT;
