import type { PageData, PageStep, View } from "../data.ts";
import { el } from "./dom.ts";
import { changesOf, type Row } from "./rows.ts";

/** What the user can do in the timeline. */
export interface TimelineActions {
  readonly go: (position: number) => void;
  /** The field a pointer or the focus rests on; nothing when it leaves. */
  readonly look: (field: string | undefined) => void;
}

/** The table of a view: a column for each CPU, a row for each step. */
export function timeline(
  { threads, verdict, fields, views }: PageData,
  { steps, waiting, isGood }: View,
  rows: readonly Row[],
  actions: TimelineActions,
): HTMLTableElement {
  // As in the text: of what is for specs only, what the spec has read.
  const judged = new Set(views.flatMap((view) => view.judged));
  const shared = new Set(fields.filter(({ scope }) => scope === "shared").map(({ name }) => name));
  const isShown: IsShown = (field) => judged.has(field) || shared.has(field);
  // A column only for who takes part.
  const taking = threads
    .map((_, i) => i)
    .filter((i) => [...steps, ...waiting].some(({ thread }) => thread === i) || steps.length === 0);
  const head = el(
    "thead",
    {},
    el(
      "tr",
      {},
      el("th", { scope: "col" }, "#"),
      ...taking.map((i) => {
        const { name, path, source } = threads[i]!;
        const small = source === "" ? undefined : el("span", { class: "source" }, source);
        return el(
          "th",
          { scope: "col", class: "cpu", style: colour(threads, i) },
          el("b", {}, name),
          el("span", {}, path),
          small,
        );
      }),
      el("th", { scope: "col" }, "state change"),
    ),
  );
  const body = el("tbody");
  let before: PageStep | undefined;
  for (const [i, row] of rows.entries()) {
    const step = row.steps[0]!;
    const isSwitch = before !== undefined && before.thread !== step.thread;
    const cells = taking.map((thread) =>
      el(
        "td",
        { class: "cpu", style: colour(threads, thread) },
        row.steps.some((one) => one.thread === thread) ? box(row, thread, before, () => actions.go(i + 1)) : undefined,
      ),
    );
    const number = row.end - row.start === 1 ? String(row.end) : `${row.start + 1}-${row.end}`;
    const tr = el(
      "tr",
      {
        "data-row": i,
        class: [
          row.isFold ? "fold" : "",
          isSwitch ? "switch" : "",
          step.isLoop ? "loop" : "",
          step.isDecisive && !row.isFold ? (isGood ? "good" : "bad") : "",
        ].join(" "),
      },
      el("th", { scope: "row" }, number, el("span", { class: "use" })),
      ...cells,
      el("td", { class: "facts" }, ...facts(row, isShown, actions)),
    );
    if (step.isLoop && !before?.isLoop)
      body.append(el("tr", { class: "again" }, el("td", { colSpan: taking.length + 2 }, "again and again:")));
    body.append(tr);
    before = row.steps.at(-1);
  }
  for (const step of waiting)
    body.append(
      el(
        "tr",
        { class: "bad waiting" },
        el("th", { scope: "row" }),
        ...taking.map((thread) =>
          el(
            "td",
            { class: "cpu", style: colour(threads, thread) },
            thread === step.thread ? el("span", { class: "box" }, ...words(step, undefined)) : undefined,
          ),
        ),
        el(
          "td",
          { class: "facts" },
          ...step.reads.map(({ field, value }) => fact(field, ` == ${value}`, "read", actions)),
        ),
      ),
    );
  return el(
    "table",
    { class: `timeline of-${Math.min(taking.length, 4)}` },
    el("caption", { class: "aside" }, `The run, step by step: ${verdict}`),
    head,
    body,
  );
}

const colour = (threads: PageData["threads"], i: number): string => `--cpu: ${threads[i]!.colour}`;

function box(row: Row, thread: number, before: PageStep | undefined, onclick: () => void): HTMLButtonElement {
  const step = row.steps[0]!;
  const count = row.steps.filter((one) => one.thread === thread).length;
  const text = row.isFold ? [`<${count} unrelated step${count === 1 ? "" : "s"}>`] : words(step, before);
  return el("button", { class: "box", type: "button", onclick }, ...text);
}

/** The calls a step is in, unless they are those of the step before, and its label. */
function words({ thread, calls, label }: PageStep, before: PageStep | undefined): readonly (Node | string)[] {
  const chain = calls.join(" > ");
  const isKnown = chain === "" || (before?.thread === thread && before.calls.join(" > ") === chain);
  return isKnown ? [label] : [el("span", { class: "calls" }, chain), label];
}

type IsShown = (field: string) => boolean;

/** What a row changed of what all see; if that is nothing, what it read there. In small print: what it changed of its own. */
function facts(row: Row, isShown: IsShown, actions: TimelineActions): readonly Node[] {
  const shared = changesOf(row).filter(({ field }) => isShown(field));
  const { reads, locals } = row.steps[0]!;
  const changed = shared.map(({ field, from, to }) =>
    fact(field, `: ${from} -> ${to}`, row.isFold ? "read" : "change", actions),
  );
  if (row.isFold) return changed;
  const seen = reads
    .filter(({ field }) => isShown(field))
    .map(({ field, value }) => fact(field, ` == ${value}`, "read", actions));
  return [
    ...(changed.length > 0 ? changed : seen),
    ...locals.map(({ field, from, to }) => el("span", { class: "fact own" }, `${field}: ${from} -> ${to}`)),
  ];
}

const fact = (field: string, rest: string, kind: string, { look }: TimelineActions): Node =>
  el(
    "span",
    {
      class: `fact ${kind}`,
      "data-field": field,
      onmouseenter: () => look(field),
      onmouseleave: () => look(undefined),
    },
    el("b", {}, field),
    rest,
  );
