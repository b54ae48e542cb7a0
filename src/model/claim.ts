import { ModelError, didYouMean, listed } from "./error.ts";
import { KEYS, checkKeys } from "./keys.ts";
import type { MemoryModel } from "./memory.ts";
import { listsOf, pinnedNames, type Pins } from "./pins.ts";
import { resolveParams, specNamesOf, type Scenario } from "./scenario.ts";
import type { ParamValues } from "./params.ts";
import { BUILT_IN_NAMES } from "./spec.ts";

/** What can be said of a spec in a claim: `holds` of a `sometimes` spec means that it is reached, `vacuous` that it is not. */
export type ClaimedVerdict = "holds" | "violated" | "vacuous";

/** One run that a claim is about. */
export interface Case extends Pins {
  readonly scenario: Scenario;
  readonly set?: ParamValues;
  /** The memory model it runs under; default: sc. */
  readonly memory?: MemoryModel;
  /** What the claim says of this run, by spec; default: that every spec holds. */
  readonly claims?: Readonly<Record<string, ClaimedVerdict>>;
}

/** What makes a claim true that is false as it stands. */
export interface Condition {
  /** Behind "true only if": a clause without a full stop. */
  readonly condition: string;
  /** Runs that meet it: all come out as claimed. */
  readonly met: readonly Case[];
  /** Runs that lack a part of it each: none comes out as claimed. */
  readonly lacking: readonly Case[];
}

const CLAIMED: readonly ClaimedVerdict[] = ["holds", "violated", "vacuous"];

/** What `faultline claims` makes of a claim; a claim that runs do not decide is `undecided` in its report. */
export type ClaimVerdict = "true" | "false" | "true only if";

/**
 * A sentence of a discussion, and the runs that decide it. It is true if all its cases come out as it claims; true only
 * if a condition is met, if that makes them so and nothing less does; else it is false.
 */
export interface Claim {
  /** `C3`: its name in reports and on the command line. */
  readonly name: string;
  /** Who said it, and when. */
  readonly source: string;
  /** In a sentence of our own. */
  readonly says: string;
  readonly cases: readonly Case[];
  readonly provided?: Condition;
  /** Pinned. */
  readonly verdict: ClaimVerdict;
  /** Why, in sentences for a reader who knows the code. */
  readonly because: string;
  /** What of the claim the cases do not decide, as a sentence. */
  readonly open?: string;
}

/** Checks that a claim names only what exists, so that a mistake in it is found before anything is searched. */
export function claim(given: Claim): Claim {
  checkKeys(given, KEYS.claim, "a claim");
  const { provided, cases, name } = given;
  const where = `claim '${name}'`;
  if (provided) checkKeys(provided, KEYS.provided, "'provided' of a claim", where);
  for (const one of [...cases, ...(provided?.met ?? []), ...(provided?.lacking ?? [])])
    checkKeys(one, KEYS.case, "a case of a claim", where);
  const fail = (sentence: string, remedy: string): never => {
    throw new ModelError(sentence, { where, remedy });
  };
  if (!/^[A-Z]\d+$/.test(name)) fail(`'${name}' cannot be the name of a claim`, "use a capital letter and a number");
  if (cases.length === 0) fail("there are no cases", "name the runs that decide it");
  for (const one of [...cases, ...(provided?.met ?? []), ...(provided?.lacking ?? [])]) {
    const { scenario, set, claims } = one;
    resolveParams(scenario, set ?? {});
    const known = [...specNamesOf(scenario), ...BUILT_IN_NAMES];
    for (const spec of [...Object.keys(claims ?? {}), ...pinnedNames(one)]) {
      if (!known.includes(spec))
        fail(
          `a case names '${spec}', which is no spec of '${scenario.name}'${didYouMean(spec, known)}`,
          `specs: ${listed(known)}`,
        );
      const lists = listsOf(one, spec);
      if (lists.length > 1)
        fail(`a case pins '${spec}' as ${lists.join(" and as ")}`, "keep one of them: a spec has one verdict in a run");
    }
    for (const verdict of Object.values(claims ?? {}))
      if (!CLAIMED.includes(verdict)) fail(`a case claims '${verdict}' of a spec`, `it is one of ${listed(CLAIMED)}`);
  }
  return given;
}
