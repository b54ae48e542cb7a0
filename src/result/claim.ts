import type { Case, Claim, ClaimVerdict } from "../model/claim.ts";
import { pinnedVerdict, standingOf, type Standing } from "./judgement.ts";
import type { Result, SpecResult, Verdict } from "./result.ts";

/** asStated: what the claim is about; met: with its condition; lacking: without a part of it. */
export type Role = "asStated" | "met" | "lacking";

/** A run of a claim, and what came out of it. */
export interface JudgedCase {
  readonly role: Role;
  readonly case: Case;
  readonly result: Result;
  /** The specs whose verdict is not the claimed one. */
  readonly against: readonly SpecResult[];
  /** Claimed specs of which nothing is known that could be compared. */
  readonly open: readonly SpecResult[];
  /** The specs whose verdict is not the pinned one. */
  readonly unexpected: readonly SpecResult[];
}

/** A claim and what became of it. */
export interface JudgedClaim {
  readonly claim: Claim;
  /** `undecided` if what is known of its runs is not enough. */
  readonly verdict: ClaimVerdict | "undecided";
  /** How verdict and runs are beside what is pinned of them. */
  readonly standing: Standing;
  readonly cases: readonly JudgedCase[];
  /** The run to look at: the first that speaks against the claim, or the first that shows what it says. */
  readonly deciding?: { readonly result: Result; readonly spec: SpecResult };
}

/** The cases of a claim in the order in which `judgeClaim` takes their results. */
export const casesOf = ({ cases, provided }: Claim): readonly (readonly [Role, Case])[] => [
  ...cases.map((one) => ["asStated", one] as const),
  ...(provided?.met ?? []).map((one) => ["met", one] as const),
  ...(provided?.lacking ?? []).map((one) => ["lacking", one] as const),
];

export function judgeClaim(claim: Claim, results: readonly Result[]): JudgedClaim {
  const cases = casesOf(claim).map(([role, one], i) => judgeCase(role, one, results[i]!));
  const verdict = verdictOn(claim, cases);
  const deciding = decidingIn(cases);
  return { claim, verdict, standing: standingIn(claim, verdict, cases), cases, ...(deciding && { deciding }) };
}

function standingIn(claim: Claim, verdict: JudgedClaim["verdict"], cases: readonly JudgedCase[]): Standing {
  const some = (wanted: Standing): boolean =>
    cases.some(({ unexpected, case: one }) =>
      unexpected.some((spec) => standingOf(spec.verdict, pinnedVerdict(spec.name, one)) === wanted),
    );
  if (some("different")) return "different";
  if (verdict === "undecided" || some("open")) return "open";
  return verdict === claim.verdict ? "as expected" : "different";
}

function judgeCase(role: Role, one: Case, result: Result): JudgedCase {
  const claimed = (wanted: Standing): readonly SpecResult[] =>
    claimedIn(one, result).filter((spec) => standingOf(spec.verdict, claimedOf(one, spec)) === wanted);
  return {
    role,
    case: one,
    result,
    against: claimed("different"),
    open: claimed("open"),
    unexpected: result.specs.filter(({ name, verdict }) => verdict !== pinnedVerdict(name, one)),
  };
}

const claimedIn = ({ claims }: Case, { specs }: Result): readonly SpecResult[] =>
  specs.filter(({ name }) => claims === undefined || Object.hasOwn(claims, name));

const claimedOf = ({ claims }: Case, { name }: SpecResult): Verdict => claims?.[name] ?? "holds";

function verdictOn({ provided }: Claim, cases: readonly JudgedCase[]): JudgedClaim["verdict"] {
  const speaksAgainst = ({ against }: JudgedCase): boolean => against.length > 0;
  const isOpen = ({ against, open }: JudgedCase): boolean => against.length === 0 && open.length > 0;
  const of = (wanted: Role): readonly JudgedCase[] => cases.filter(({ role }) => role === wanted);
  // One case that speaks against it is enough, whatever is not known of the others.
  if (!of("asStated").some(speaksAgainst)) return of("asStated").some(isOpen) ? "undecided" : "true";
  const lacksNothing = (one: JudgedCase): boolean => !speaksAgainst(one) && !isOpen(one);
  if (!provided || of("met").some(speaksAgainst) || of("lacking").some(lacksNothing)) return "false";
  return [...of("met"), ...of("lacking")].some(isOpen) ? "undecided" : "true only if";
}

/** The shortest run that speaks against the claim, of the first case that has one; else the shortest that shows it. */
function decidingIn(cases: readonly JudgedCase[]): JudgedClaim["deciding"] {
  const asStated = cases.filter(({ role }) => role === "asStated");
  for (const pick of [
    ({ against }: JudgedCase) => against,
    ({ case: one, result }: JudgedCase) => claimedIn(one, result),
  ])
    for (const judged of asStated) {
      const [spec] = pick(judged)
        .filter(({ trace }) => trace)
        .toSorted((a, b) => a.trace!.steps.length - b.trace!.steps.length);
      if (spec) return { result: judged.result, spec };
    }
  return undefined;
}
