import type { Change, ChangeKind, Drift } from "../../source/drift.ts";

/** Of the steps that changed alike in one function, so many are named. */
const MOST_STEPS = 3;

const OF_STEPS: readonly ChangeKind[] = ["moved", "gone", "appeared", "condition", "elsewhere", "negated"];

/** What changed for many paths, in one table: a row for a path and a tree, which says by function what became of its steps. */
export function driftTable(all: readonly Drift[]): string {
  const rows = all
    .filter(({ isSame }) => !isSame)
    .map(
      ({ path, release, from, to, changes }) =>
        `| \`${path}\` | ${release} | ${from} to ${to} | ${stepsIn(changes) || "-"} | ${othersIn(changes) || "-"} |`,
    );
  const same = all.filter(({ isSame }) => isSame);
  const pairs = [...new Set(same.map(({ from, to }) => `${from} to ${to}`))];
  const lists = pairs.map((pair) => {
    const names = new Set(same.filter(({ from, to }) => `${from} to ${to}` === pair).map(({ path }) => `\`${path}\``));
    return `- ${pair}: ${[...names].toSorted().join(", ")}`;
  });
  return [
    "| path | as in | trees | steps, by function | no step |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
    ...(lists.length > 0 ? ["", "The same but for names:", "", ...lists] : []),
    "",
  ].join("\n");
}

function stepsIn(changes: readonly Change[]): string {
  const steps = changes.filter(({ kind }) => OF_STEPS.includes(kind));
  const functions = [...new Set(steps.map(functionOf))];
  return functions
    .map((fn) => {
      const own = steps.filter((one) => functionOf(one) === fn);
      const kinds = OF_STEPS.filter((kind) => own.some((one) => one.kind === kind));
      return `\`${fn}()\`: ${kinds.map((kind) => named(kind, own)).join("; ")}`;
    })
    .join(". ");
}

function named(kind: ChangeKind, changes: readonly Change[]): string {
  const labels = [...new Set(changes.filter((one) => one.kind === kind).map(({ label }) => cell(label!)))];
  const rest = labels.length > MOST_STEPS ? [`${labels.length - MOST_STEPS} more`] : [];
  return `${kind} ${[...labels.slice(0, MOST_STEPS), ...rest].join(", ")}`;
}

const functionOf = ({ before, after }: Change): string => (after ?? before)!.function;

/** Of C that is no step, how much. */
function othersIn(changes: readonly Change[]): string {
  const some = (["new", "dropped"] as const).flatMap((kind) => {
    const count = changes.filter((one) => one.kind === kind).length;
    return count === 0 ? [] : [`${count} ${kind}`];
  });
  return some.join(", ");
}

const cell = (text: string): string => `\`${text.replaceAll("|", "\\|").replaceAll("`", "'")}\``;
