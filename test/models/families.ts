import pairsAlone, { ALONE_CHANGED, ALONE_PAIRS } from "../../models/scenarios/pairs-alone-today.ts";
import pairsAnonToday, { ANON_FOLIO_CHANGED, ANON_FOLIO_PAIRS } from "../../models/scenarios/pairs-anon-today.ts";
import pairsAnon, { ANON_PAIRS } from "../../models/scenarios/pairs-anon.ts";
import pairsToday, { FOLIO_CHANGED, FOLIO_PAIRS } from "../../models/scenarios/pairs-today.ts";
import pairs, { FILE_PAIRS } from "../../models/scenarios/pairs.ts";
import type { EveryTwo } from "../../models/scenarios/every-two.ts";
import type { Scenario } from "../../src/model/scenario.ts";

/** A family of scenarios that runs every two paths of a table beside each other. */
export interface Family {
  readonly scenario: Scenario;
  readonly two: EveryTwo<string>;
  /** Of a family of two releases, the paths that are not the same in both. */
  readonly changed?: readonly string[];
}
/** All of them. */
export const PAIRS: readonly Family[] = [
  { scenario: pairs, two: FILE_PAIRS },
  { scenario: pairsAnon, two: ANON_PAIRS },
  { scenario: pairsToday, two: FOLIO_PAIRS, changed: FOLIO_CHANGED },
  { scenario: pairsAnonToday, two: ANON_FOLIO_PAIRS, changed: ANON_FOLIO_CHANGED },
  { scenario: pairsAlone, two: ALONE_PAIRS, changed: ALONE_CHANGED },
];
