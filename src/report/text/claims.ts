import { styleText } from "node:util";
import type { JudgedCase, JudgedClaim } from "../../result/claim.ts";
import { isOpen } from "../../result/judgement.ts";
import { titleOfRun } from "../formats/findings.ts";
import { fold } from "./wrap.ts";
import { counted, detailOf, indented } from "./summary.ts";
import { counterexampleText } from "./text.ts";

const COLOURS = { true: "green", false: "red", "true only if": "yellow", undecided: "yellow" } as const;

/** What `faultline claims` prints of one claim; `file` is where the run to look at was written, if there is one. */
export function claimLines(judged: JudgedClaim, color: boolean, file: string | undefined): readonly string[] {
  const { claim, verdict, standing, cases, deciding } = judged;
  const word = color ? styleText(COLOURS[verdict], verdict, { validateStream: false }) : verdict;
  const expected = { "as expected": standing, open: `should be ${claim.verdict}`, different: "NOT AS EXPECTED" }[
    standing
  ];
  return [
    `${claim.name}  ${word}  ${expected}`,
    ...indented(`claim: ${claim.says}`),
    ...(verdict === "true only if" ? indented(`only if ${claim.provided!.condition}`) : []),
    ...(deciding ? indented(`decided by: ${decidedBy(deciding)}`) : indented(`decided by: ${allOf(cases)}`)),
    ...(file === undefined ? [] : [`  ${isAgainst(judged) ? "counterexample" : "shown"}: ${file}`]),
    ...cases.flatMap(differenceLines),
    ...(verdict !== claim.verdict && verdict !== "undecided" ? [`  NOT AS EXPECTED: should be ${claim.verdict}`] : []),
  ];
}

const decidedBy = ({ result, spec }: NonNullable<JudgedClaim["deciding"]>): string =>
  `${titleOfRun(result)}: ${spec.name} ${spec.verdict === "holds" ? "" : `${spec.verdict} `}${detailOf(spec)}`;

const allOf = (cases: readonly JudgedCase[]): string =>
  `${counted(cases.filter(({ role }) => role === "asStated").length, "run")} without a counterexample`;

const isAgainst = ({ verdict }: JudgedClaim): boolean => verdict !== "true";

const differenceLines = ({ unexpected, result }: JudgedCase): readonly string[] =>
  unexpected.flatMap(({ name, verdict }) =>
    indented(`${isOpen(verdict) ? "NOT KNOWN" : "NOT AS EXPECTED"}: ${titleOfRun(result)}: ${name} ${verdict}`),
  );

/** The last line: how many claims came out as expected, and what was searched for it. */
export function claimsTotal(
  all: readonly JudgedClaim[],
  asked: number,
  searched: { readonly runs: number; readonly states: number },
): string {
  const expected = all.filter(({ standing }) => standing === "as expected").length;
  return `${expected} of ${counted(asked, "claim")} as expected: ${counted(searched.runs, "run")}, ${counted(searched.states, "state")}`;
}

/** One claim as data. */
export const claimData = (
  { claim, verdict, standing, cases, deciding }: JudgedClaim,
  file: string | undefined,
): unknown => ({
  name: claim.name,
  source: claim.source,
  says: claim.says,
  verdict,
  expected: claim.verdict,
  isExpected: standing === "as expected",
  condition: claim.provided?.condition ?? null,
  because: claim.because,
  open: claim.open ?? null,
  deciding: deciding
    ? {
        command: deciding.result.command,
        spec: deciding.spec.name,
        verdict: deciding.spec.verdict,
        steps: deciding.spec.trace!.steps.length,
        file: file ?? null,
      }
    : null,
  cases: cases.map(({ role, result, against, unexpected }) => ({
    role,
    command: result.command,
    states: result.search.states,
    verdicts: Object.fromEntries(result.specs.map(({ name, verdict }) => [name, verdict])),
    against: against.map(({ name }) => name),
    unexpected: unexpected.map(({ name }) => name),
  })),
});

const ROLES = {
  asStated: "as stated",
  met: "condition met",
  lacking: "condition lacking",
} as const satisfies Record<JudgedCase["role"], string>;

/** The claims as Markdown: a table of the verdicts, then each with its reason, its runs and the run to look at. */
export function claimsMarkdown(all: readonly JudgedClaim[]): readonly string[] {
  return [
    "| claim | says | verdict |",
    "| --- | --- | --- |",
    ...all.map(({ claim, verdict }) => `| ${claim.name} | ${claim.says} | ${verdictIn({ claim, verdict })} |`),
    ...all.flatMap(claimSection),
  ];
}

const verdictIn = ({ claim, verdict }: Pick<JudgedClaim, "claim" | "verdict">): string =>
  verdict === "true only if" ? `true only if ${claim.provided!.condition}` : verdict;

function claimSection(judged: JudgedClaim): readonly string[] {
  const { claim, verdict, cases, deciding } = judged;
  return [
    "",
    `### ${claim.name}: ${verdict === "true only if" ? "true only if ..." : verdict}`,
    "",
    ...fold(`"${claim.says}" (${claim.source})`.replaceAll(/^"|"(?= \()/g, "*"), 118),
    "",
    ...(verdict === "true only if" ? [...fold(`**True only if** ${claim.provided!.condition}.`, 118), ""] : []),
    ...fold(claim.because, 118),
    ...(claim.open === undefined ? [] : ["", ...fold(`Not decided: ${claim.open}`, 118)]),
    "",
    "| run | | what is violated (steps) |",
    "| --- | --- | --- |",
    ...cases.map(({ role, result }) => `| \`${result.command}\` | ${ROLES[role]} | ${outcomeIn(result.specs)} |`),
    ...(deciding
      ? ["", "```text", ...counterexampleText(deciding.result, deciding.spec).trimEnd().split("\n"), "```"]
      : []),
  ];
}

const outcomeIn = (specs: JudgedCase["result"]["specs"]): string =>
  specs
    .flatMap(({ name, verdict, kind, trace }) => {
      if (verdict === "violated") return [`${name} (${trace!.steps.length})`];
      if (kind === "sometimes")
        return [verdict === "holds" ? `${name}: reached (${trace!.steps.length})` : `${name}: never reached`];
      return verdict === "holds" ? [] : [`${name}: ${verdict}`];
    })
    .join(", ") || "nothing";
