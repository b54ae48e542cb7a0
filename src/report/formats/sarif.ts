import type { Result, SpecResult } from "../../result/result.ts";
import type { Trace, TraceStep } from "../../machine/trace.ts";
import { plain } from "../text/wrap.ts";
import { findingsOf, titleOfRun, type Finding, type Reported } from "./findings.ts";
import { counterexampleText } from "../text/text.ts";
import { cpuOf, doing, isHeldUp, sharedChanges, sharedReads, showChanges, showRead } from "../phrases.ts";

/**
 * Runs as a SARIF 2.1.0 log: a rule for each spec of each scenario, a result for each that does not hold. A result
 * points at the steps that decide it, or at their paths where lines of steps are not known, and has its counterexample as a code flow, one thread flow
 * for each CPU. What is pinned is there, and suppressed.
 */
export function sarif(runs: readonly Reported[], version: string): unknown {
  const found = runs.flatMap((run) =>
    findingsOf(run)
      .filter(({ problem, pinned }) => problem ?? pinned)
      .map((finding) => ({ run, finding, ruleId: `${run.result.scenario}/${finding.name}` })),
  );
  const rules = [...new Map(found.map(({ finding, ruleId }) => [ruleId, ruleOf(ruleId, finding)])).values()];
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "faultline", version, rules } },
        columnKind: "utf16CodeUnits",
        results: found.map(({ run: { result }, finding, ruleId }) => ({
          ruleId,
          ruleIndex: rules.findIndex(({ id }) => id === ruleId),
          ...resultOf(result, finding),
        })),
      },
    ],
  };
}

const ruleOf = (id: string, { sentence, spec }: Finding) => ({
  id,
  shortDescription: { text: sentence },
  ...(spec?.consequence !== undefined && { fullDescription: { text: spec.consequence } }),
});

const MILD: ReadonlySet<string> = new Set(["undecided", "vacuous", "not judged"]);

function resultOf(result: Result, { name, spec, problem, pinned }: Finding): Readonly<Record<string, unknown>> {
  const run = titleOfRun(result);
  const trace = spec?.trace;
  const message = `${run}: ${name}: ${problem?.message ?? `${pinned}, as pinned`}`;
  const flows = trace && trace.steps.length > 0 ? [codeFlow(result, trace)] : [];
  return {
    level: problem && MILD.has(problem.kind) ? "warning" : "error",
    message: { text: trace ? `${message}\n\n${counterexampleText(result, spec)}` : message },
    ...placesOf(result, spec),
    ...(flows.length > 0 && { codeFlows: flows }),
    partialFingerprints: { "run/v1": `${run} ${name}` },
    ...(problem === undefined && { suppressions: [{ kind: "external", justification: `pinned: ${pinned}` }] }),
    ...(spec?.token !== undefined && { properties: { replay: spec.token } }),
  };
}

/**
 * Where a person should look: at the step of the decisive conflict that came too early, and besides at the one that came
 * too late. Without one: at the last step; at the threads that wait, if the run is stuck; at CPU0, if there is no run.
 */
function placesOf(result: Result, spec: SpecResult | undefined): Readonly<Record<string, unknown>> {
  const { steps = [], ending, why } = spec?.trace ?? {};
  const decisive = why?.conflicts.find((conflict) => conflict.decisive);
  if (decisive) {
    const [early, late] = [steps[decisive.first]!, steps[decisive.second]!];
    return {
      locations: [placeOf(result, early, `too early, in step ${decisive.first + 1}`)],
      relatedLocations: [{ id: 0, ...placeOf(result, late, `too late, in step ${decisive.second + 1}`) }],
    };
  }
  const [waiting, ...others] = ending?.blocked.filter(isHeldUp) ?? [];
  if (waiting)
    return {
      locations: [placeOf(result, waiting, doing(waiting))],
      ...(others.length > 0 && {
        relatedLocations: others.map((other, id) => ({ id, ...placeOf(result, other, doing(other)) })),
      }),
    };
  const last = steps.at(-1);
  return {
    locations: [last ? placeOf(result, last, `in step ${steps.length}`) : locationOf(result, result.threads[0]!.path)],
  };
}

const placeOf = (
  result: Result,
  { thread, path, label }: Pick<TraceStep, "thread" | "path" | "label">,
  when: string,
): Readonly<Record<string, unknown>> => ({
  ...locationOf(result, path, label),
  message: { text: plain(`${cpuOf(result, thread)}: ${label}: ${when}`) },
});

/** In the kernel's source where it was read and has the step; otherwise in the model. */
function locationOf(result: Result, path: string, label?: string): Readonly<Record<string, unknown>> {
  const { sources, lines, kernel } = result;
  const place = label === undefined ? undefined : kernel?.places[path]?.[label];
  const [file, line] = place ? [place.file, place.line] : (sources[path]?.split(/:(?=\d+$)/) ?? []);
  return {
    ...(file !== undefined && {
      physicalLocation: {
        artifactLocation: { uri: uriOf(file) },
        region: { startLine: (label === undefined || place ? undefined : lines?.[path]?.[label]) ?? Number(line) },
      },
    }),
    logicalLocations: [{ fullyQualifiedName: label === undefined ? path : `${path}: ${label}`, kind: "function" }],
  };
}

/** A relative reference: a first part with a colon would be a scheme. */
const uriOf = (file: string): string => {
  const uri = file.split("/").map(encodeURIComponent).join("/");
  return /^[^/]*%3A/.test(uri) ? `./${uri}` : uri;
};

function codeFlow(result: Result, { steps }: Trace): unknown {
  const numbered = steps.map((step, i) => ({ step, executionOrder: i + 1 }));
  const threads = [...new Set(steps.map(({ thread }) => thread))].toSorted((a, b) => a - b);
  return {
    threadFlows: threads.map((thread) => ({
      id: plain(cpuOf(result, thread)),
      locations: numbered
        .filter(({ step }) => step.thread === thread)
        .map(({ step, executionOrder }) => {
          // What the hardware does is where the step is whose store it is.
          const { path, label } = steps[step.visible ?? -1] ?? step;
          return {
            executionOrder,
            nestingLevel: step.calls.length,
            location: { ...locationOf(result, path, label), message: { text: said(step) } },
          };
        }),
    })),
  };
}

/** The step, with what it did to the shared state, or else saw of it. */
function said(step: TraceStep): string {
  const changes = showChanges(sharedChanges(step));
  const facts = changes.length > 0 ? changes : sharedReads(step).map(showRead);
  return plain([step.label, ...(facts.length > 0 ? [`[ ${facts.join("; ")} ]`] : [])].join(" "));
}
