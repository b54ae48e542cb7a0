import { plain } from "../text/wrap.ts";
import { findingsOf, titleOfRun, type Finding, type Problem, type Reported } from "./findings.ts";

import { counterexampleText } from "../text/text.ts";

/**
 * Runs as a JUnit report: a suite for each run, a case for each of its specs. What fails carries its counterexample; what
 * is undecided is an error, and so are the runs that were not even started, given by their titles. There are no times in it.
 */
export function junit(runs: readonly Reported[], notStarted: readonly string[] = []): string {
  const suites = runs.map((run) => ({ run, findings: findingsOf(run) }));
  const { tests, failures, errors } = countsOf(suites.flatMap(({ findings }) => findings));
  const missing = notStarted.length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: "faultline", tests: tests + missing, failures, errors: errors + missing })}>`,
    ...suites.flatMap(({ run, findings }) => suite(run, findings)),
    ...notStarted.flatMap(missingSuite),
    "</testsuites>",
    "",
  ].join("\n");
}

const missingSuite = (title: string): readonly string[] => [
  `  <testsuite${attributes({ name: title, tests: 1, failures: 0, errors: 1 })}>`,
  `    <testcase${attributes({ name: "started", classname: title })}>`,
  `      <error${attributes({ message: "not started", type: "undecided" })}/>`,
  "    </testcase>",
  "  </testsuite>",
];

function suite(run: Reported, findings: readonly Finding[]): readonly string[] {
  const title = titleOfRun(run.result);
  return [
    `  <testsuite${attributes({ name: title, ...countsOf(findings) })}>`,
    ...findings.flatMap((finding) => testcase(run, title, finding)),
    "  </testsuite>",
  ];
}

function testcase({ result }: Reported, classname: string, { name, spec, problem }: Finding): readonly string[] {
  const open = `    <testcase${attributes({ name, classname })}`;
  if (!problem) return [`${open}/>`];
  const element = isOpen(problem) ? "error" : "failure";
  const text = spec?.trace ? `\n${counterexampleText(result, spec)}` : problem.message;
  return [
    `${open}>`,
    `      <${element}${attributes({ message: problem.message, type: problem.kind })}>${escaped(text)}</${element}>`,
    "    </testcase>",
  ];
}

/** Neither good nor bad. */
const isOpen = ({ kind }: Problem): boolean => kind === "undecided" || kind === "not judged";

interface Counts {
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
}

const countsOf = (findings: readonly Finding[]): Counts => {
  const errors = findings.filter(({ problem }) => problem && isOpen(problem)).length;
  return { tests: findings.length, failures: findings.filter(({ problem }) => problem).length - errors, errors };
};

const attributes = (values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(plain(String(value)))}"`)
    .join("");

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
