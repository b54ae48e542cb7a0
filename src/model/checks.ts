import type { Path } from "./path.ts";
import { BUILT_IN_NAMES, type BuiltIn } from "./spec.ts";

const uses = ({ entries }: Path): boolean =>
  [...entries.values()].some((entry) => (entry.kind === "call" ? uses(entry.path) : entry.usesLocks !== undefined));

/** The checks that every scenario has whose threads run these paths: that of locks needs steps that use them. */
export const checksOf = (paths: readonly Path[]): readonly BuiltIn[] =>
  BUILT_IN_NAMES.filter((name) => name !== "locking" || paths.some(uses));
