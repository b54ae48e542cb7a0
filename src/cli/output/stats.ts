import { counted } from "../../report/text/summary.ts";
import type { Program } from "../../machine/program.ts";
import type { Explored } from "../../search/search.ts";

// Below this, the table that every search begins with is most of its memory.
const ENOUGH_TO_DIVIDE = 500_000;

/** What `--stats` prints: how the search went on this machine, and how often each step was taken. */
export function statsLines(
  program: Program,
  { initial, states, transitions, depth, taken, stats, engine, machine, reduced }: Explored,
): readonly string[] {
  const ran = stats
    ? [
        `  fast engine, ${counted(stats.threads, "thread")}; compiled in ${ms(stats.compileMs)}, searched in ${ms(stats.searchMs)}: ` +
          `${perSecond(states, stats.searchMs)} states/s, ${perSecond(transitions, stats.searchMs)} transitions/s`,
        `  ${counted(stats.words, "word")} a state (${stats.bits} bits); ${mib(stats.bytes)} in use` +
          `${states < ENOUGH_TO_DIVIDE ? "" : `, ${(stats.bytes / states).toFixed(1)} bytes a state`}; table ${(100 * stats.load).toFixed(0)} % full`,
        `  ${counted(stats.nodes, "node")} in decision trees, ${stats.codeBytes === 0 ? "followed one by one" : `${counted(stats.codeBytes, "byte")} of code`}`,
      ]
    : [`  ${engine === "own" ? `engine of ${machine.memory}` : "reference engine"}, 1 thread`];
  const steps = program.threads.flatMap(({ name, points }, t) =>
    points.map(
      ({ frame, label }, p) => `  ${String(taken[t]![p]).padStart(10)}  ${name}  ${frame.path.name}: ${label}`,
    ),
  );
  return [
    reduced
      ? `stats: ${counted(states, "state")} stored of a reduced search, ${counted(transitions, "transition")}`
      : `stats: ${counted(states, "state")}, ${counted(transitions, "transition")}, depth ${depth}; ${transitions - (states - initial)} transitions led to no new state`,
    ...ran,
    "steps taken:",
    ...steps,
  ];
}

const ms = (milliseconds: number): string => `${milliseconds.toFixed(0)} ms`;
const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
const perSecond = (count: number, milliseconds: number): string =>
  ((1000 * count) / Math.max(1, milliseconds)).toFixed(0);
