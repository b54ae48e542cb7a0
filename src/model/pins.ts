/** What is pinned of the verdicts of one run, by the names of specs and built-in checks; every other one holds. */
export interface Pins {
  /** Those that are violated. */
  readonly violated?: readonly string[];
  /** `sometimes` specs that are never reached, and `atEnd` specs of runs that never end. */
  readonly vacuous?: readonly string[];
  /** Those that cannot be judged under this memory model. */
  readonly unjudged?: readonly string[];
  /** Those of which a search that was not cut cannot tell: under lkmm, where only runs are found that it forbids. */
  readonly undecided?: readonly string[];
}

const LISTS = ["violated", "vacuous", "unjudged", "undecided"] as const satisfies readonly (keyof Pins)[];

/** Every name that is pinned, as often as it is. */
export const pinnedNames = (pins: Pins): readonly string[] => LISTS.flatMap((list) => pins[list] ?? []);

/** What is pinned of one name, by the names of the lists it stands in. */
export const listsOf = (pins: Pins, name: string): readonly (keyof Pins)[] =>
  LISTS.filter((list) => pins[list]?.includes(name));
