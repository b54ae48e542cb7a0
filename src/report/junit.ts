import { plain } from "./fold.ts";
import { findingsOf, type Finding, type Reported } from "./findings.ts";
import { titleOf } from "./summary.ts";
import { counterexampleText } from "./text.ts";

/**
 * Runs as a JUnit report: a suite for each run, a case for each of its specs. What fails carries its counterexample; what
 * is undecided is an error. There are no times in it.
 */
export function junit(runs: readonly Reported[]): string {
  const suites = runs.map((run) => ({ run, findings: findingsOf(run) }));
  const all = suites.flatMap(({ findings }) => findings);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: "faultline", ...countsOf(all) })}>`,
    ...suites.flatMap(({ run, findings }) => suite(run, findings)),
    "</testsuites>",
    "",
  ].join("\n");
}

function suite(run: Reported, findings: readonly Finding[]): readonly string[] {
  const title = titleOf(run.result.scenario, run.result.set);
  return [
    `  <testsuite${attributes({ name: title, ...countsOf(findings) })}>`,
    ...findings.flatMap((finding) => testcase(run, title, finding)),
    "  </testsuite>",
  ];
}

function testcase({ result }: Reported, classname: string, { name, spec, problem }: Finding): readonly string[] {
  const open = `    <testcase${attributes({ name, classname })}`;
  if (!problem) return [`${open}/>`];
  const element = problem.kind === "undecided" ? "error" : "failure";
  const text = spec?.trace ? `\n${counterexampleText(result, spec)}` : problem.message;
  return [
    `${open}>`,
    `      <${element}${attributes({ message: problem.message, type: problem.kind })}>${escaped(text)}</${element}>`,
    "    </testcase>",
  ];
}

const countsOf = (findings: readonly Finding[]): Readonly<Record<string, number>> => {
  const errors = findings.filter(({ problem }) => problem?.kind === "undecided").length;
  return { tests: findings.length, failures: findings.filter(({ problem }) => problem).length - errors, errors };
};

const attributes = (values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(plain(String(value)))}"`)
    .join("");

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
