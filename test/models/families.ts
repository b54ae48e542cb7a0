import pairsAlone, { ALONE_CHANGED, ALONE_PAIRS } from "../../models/scenarios/pairs-alone-today.ts";
import pairsAlone59, { ALONE_PAIRS_59 } from "../../models/scenarios/pairs-alone.ts";
import pairsAnonToday, { ANON_FOLIO_CHANGED, ANON_FOLIO_PAIRS } from "../../models/scenarios/pairs-anon-today.ts";
import pairsAnon, { ANON_PAIRS } from "../../models/scenarios/pairs-anon.ts";
import pairsSwap, { SWAP_CHANGED, SWAP_CHANGED_BEFORE, SWAP_PAIRS } from "../../models/scenarios/pairs-swap.ts";
import pairsToday, { FOLIO_CHANGED, FOLIO_PAIRS } from "../../models/scenarios/pairs-today.ts";
import pairs, { FILE_PAIRS } from "../../models/scenarios/pairs.ts";
import type { EveryTwo } from "../../models/scenarios/every-two.ts";
import type { ParamValues } from "../../src/model/params.ts";
import type { Expectation, Scenario } from "../../src/model/scenario.ts";

/** A family of scenarios that runs every two paths of a table beside each other. */
export interface Family {
  readonly scenario: Scenario;
  readonly two: EveryTwo<string>;
  /** Of a family of two releases, the paths that are not the same in both. */
  readonly changed?: readonly string[];
  /** Of a family that has v5.9, too, the paths that are not the same there as in v6.12. */
  readonly changedBefore?: readonly string[];
}
/** All of them. */
export const PAIRS: readonly Family[] = [
  { scenario: pairs, two: FILE_PAIRS },
  { scenario: pairsAnon, two: ANON_PAIRS },
  { scenario: pairsAlone59, two: ALONE_PAIRS_59 },
  { scenario: pairsToday, two: FOLIO_PAIRS, changed: FOLIO_CHANGED },
  { scenario: pairsAnonToday, two: ANON_FOLIO_PAIRS, changed: ANON_FOLIO_CHANGED },
  { scenario: pairsSwap, two: SWAP_PAIRS, changed: SWAP_CHANGED, changedBefore: SWAP_CHANGED_BEFORE },
  { scenario: pairsAlone, two: ALONE_PAIRS, changed: ALONE_CHANGED },
];

const EVERY = 5;

/**
 * Whether a pinned run is looked at by what asks more of it than its verdicts, and asks SPIN for these: of the families every
 * fifth, and of each path the first, as all runs of one family have the same paths, in other company.
 */
export const isLookedAtClosely = (scenario: Scenario, pinned: Expectation): boolean =>
  closely.get(scenario.name)?.has(pinned) ?? true;

const closely = new Map(PAIRS.map(({ scenario }) => [scenario.name, everyFifth(scenario)]));

function everyFifth({ expect }: Scenario): ReadonlySet<Expectation> {
  const seen = new Set<string>();
  return new Set(
    expect.filter(({ set = {} }, i) => {
      const { first, second, release } = set as ParamValues;
      const paths = [first, second].map((path) => `${String(path)} ${String(release)}`);
      const isNew = paths.some((path) => !seen.has(path));
      for (const path of paths) seen.add(path);
      return isNew || i % EVERY === 0;
    }),
  );
}
