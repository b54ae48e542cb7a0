import type { Case, Claim, ClaimVerdict } from "../model/claim.ts";
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
  /** The specs whose verdict is not the pinned one. */
  readonly unexpected: readonly SpecResult[];
}

/** A claim and what became of it. */
export interface JudgedClaim {
  readonly claim: Claim;
  /** `undecided` if some search was cut. */
  readonly verdict: ClaimVerdict | "undecided";
  readonly isExpected: boolean;
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
  const isExpected = verdict === claim.verdict && cases.every(({ unexpected }) => unexpected.length === 0);
  return { claim, verdict, isExpected, cases, ...(deciding && { deciding }) };
}

function judgeCase(role: Role, one: Case, result: Result): JudgedCase {
  const pinned = (name: string): Verdict =>
    one.violated?.includes(name)
      ? "violated"
      : one.vacuous?.includes(name)
        ? "vacuous"
        : one.unjudged?.includes(name)
          ? "not judged"
          : "holds";
  return {
    role,
    case: one,
    result,
    against: claimedIn(one, result).filter((spec) => spec.verdict !== claimedOf(one, spec)),
    unexpected: result.specs.filter(({ name, verdict }) => verdict !== pinned(name)),
  };
}

const claimedIn = ({ claims }: Case, { specs }: Result): readonly SpecResult[] =>
  specs.filter(({ name }) => claims === undefined || Object.hasOwn(claims, name));

const claimedOf = ({ claims }: Case, { name }: SpecResult): Verdict => claims?.[name] ?? "holds";

function verdictOn({ provided }: Claim, cases: readonly JudgedCase[]): JudgedClaim["verdict"] {
  if (cases.some(({ result }) => result.search.cut !== null)) return "undecided";
  const comesOut = ({ against }: JudgedCase): boolean => against.length === 0;
  const of = (wanted: Role): readonly JudgedCase[] => cases.filter(({ role }) => role === wanted);
  if (of("asStated").every(comesOut)) return "true";
  return provided && of("met").every(comesOut) && !of("lacking").some(comesOut) ? "true only if" : "false";
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
