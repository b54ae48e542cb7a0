import assert from "node:assert/strict";
import { test } from "node:test";
import { full, int, wait, world, type StateOf } from "faultline";
import type { Path } from "../../src/model/path.ts";
import { resultOf } from "../../src/result/result-of.ts";
import { specOf, toy } from "../machine/toy.ts";
import { searched } from "./searched.ts";
import { spinHolds, withoutSpin } from "./spin.ts";

/*
 * Small models in words that both faultline and SPIN can be given: each thread is a list of steps,
 *
 *     await <condition>   set <a=1,b=0>   if <condition> goto <step>   goto <step>
 *
 * in this order, each part left out at will. A `*` in front marks a step that is progress to stand at, for `pan -l`.
 */
const VARIABLES = ["a", "b", "c", "d"] as const;
const w = world({ a: int(0, 3), b: int(0, 3), c: int(0, 3), d: int(0, 3) });
type K = StateOf<typeof w>;
type Variable = (typeof VARIABLES)[number];

interface Model {
  readonly what: string;
  readonly threads: readonly (readonly string[])[];
  /** `<> to`, or `[] (from -> <> to)`; "progress": no run without progress, where d is 1 at every marked step. */
  readonly asks: { readonly from?: string; readonly to: string } | "progress";
  readonly holds: boolean;
  /** What SPIN has to assume for strong fairness: a condition that is met again and again brings the other one so. */
  readonly strong?: readonly (readonly [can: string, does: string])[];
}

const PETERSON = (own: string, other: string, turn: number): readonly string[] => [
  `set ${own}=1`,
  `set c=${turn}`,
  `await ${other}==0|${other}==3|c!=${turn}`,
  `set ${own}=2`,
  `set ${own}=3 goto 0`,
];
const LOCKING = (own: string): readonly string[] => [
  `set ${own}=1`,
  `await c==0 set c=1,${own}=2`,
  `set c=0,${own}=0 goto 0`,
];
const BACKING_OFF = (first: string, second: string): readonly string[] => [
  `await ${first}==0 set ${first}=1`,
  `if ${second}==0 goto 3`,
  `set ${first}=0 goto 0`,
  `set c=1`,
];

const models: readonly Model[] = [
  {
    what: "a spin for a flag that is set",
    threads: [["if a==0 goto 0", "set b=1"], ["set a=1"]],
    asks: { to: "b==1" },
    holds: true,
  },
  {
    what: "a spin for a flag that nobody sets",
    threads: [["if a==0 goto 0", "set b=1"], ["set c=1"]],
    asks: { to: "b==1" },
    holds: false,
  },
  {
    what: "a run that is over too soon",
    threads: [["await a==1", "set b=1"], ["set c=1"]],
    asks: { to: "b==1" },
    holds: false,
  },
  {
    what: "Peterson's lock",
    threads: [PETERSON("a", "b", 1), PETERSON("b", "a", 2)],
    asks: { from: "a==1", to: "a==2" },
    holds: true,
  },
  {
    what: "a test-and-set lock",
    threads: [LOCKING("a"), LOCKING("b")],
    asks: { from: "a==1", to: "a==2" },
    holds: false,
  },
  {
    what: "a test-and-set lock, strongly fair",
    threads: [LOCKING("a"), LOCKING("b")],
    asks: { from: "a==1", to: "a==2" },
    holds: true,
    strong: [["c==0&a==1", "a==2"]],
  },
  {
    what: "two that back off from each other",
    threads: [BACKING_OFF("a", "b"), BACKING_OFF("b", "a")],
    asks: { to: "c==1" },
    holds: false,
  },
  {
    what: "two that lock in one order",
    threads: [
      ["await a==0 set a=1", "await b==0 set b=1", "set c=1", "set a=0,b=0"],
      ["await a==0 set a=1", "await b==0 set b=1", "set d=1", "set a=0,b=0"],
    ],
    asks: { to: "c==1&d==1" },
    holds: true,
  },
  {
    what: "a reader of a seqcount beside a writer that never rests",
    threads: [
      ["if a==1 goto 0", "set c=1"],
      ["set a=1", "set a=0", "goto 0"],
    ],
    asks: { to: "c==1" },
    holds: false,
  },
  {
    what: "strict alternation",
    threads: [
      ["await c==0 set a=1", "set a=0,c=1 goto 0"],
      ["await c==1 set b=1", "set b=0,c=0 goto 0"],
    ],
    asks: { from: "c==1", to: "b==1" },
    holds: true,
  },
  {
    what: "strict alternation with one that stops",
    threads: [
      ["await c==0 set a=1", "set a=0,c=1 goto 0"],
      ["await c==1 set b=1", "set b=0,c=0"],
    ],
    asks: { from: "b==1", to: "a==1&b==1" },
    holds: false,
  },
  {
    what: "a token that goes round, by progress labels",
    threads: [
      ["await a==0 set d=1", "* set d=0,a=1 goto 0"],
      ["await a==1 set a=2 goto 0"],
      ["await a==2 set a=0 goto 0"],
    ],
    asks: "progress",
    holds: true,
  },
  {
    what: "a spin beside progress that ends, by progress labels",
    threads: [["if a==0 goto 0"], ["set d=1", "* set d=0"]],
    asks: "progress",
    holds: false,
  },
  {
    what: "a lock of which one need not get hold, by progress labels",
    threads: [
      ["await c==0 set c=1,d=1", "* set c=0,d=0 goto 0"],
      ["await c==0 set c=1", "set c=0 goto 0"],
    ],
    asks: "progress",
    holds: false,
  },
];

interface Parts {
  readonly isMarked: boolean;
  readonly waits: string | undefined;
  readonly sets: readonly (readonly [Variable, number])[];
  readonly only: string | undefined;
  readonly to: number | undefined;
}

function parse(text: string): Parts {
  const [, mark, waits, sets, only, to] =
    /^(\*)?\s*(?:await (\S+))?\s*(?:set (\S+))?\s*(?:if (\S+))?\s*(?:goto (\d+))?$/.exec(text)!;
  return {
    isMarked: mark !== undefined,
    waits,
    sets: (sets ?? "")
      .split(",")
      .filter(Boolean)
      .map((one) => [one[0] as Variable, Number(one.slice(2))]),
    only,
    to: to === undefined ? undefined : Number(to),
  };
}

/** One of several: all of several: `a==1` or `a!=1`. */
const isMet = (condition: string, k: K): boolean =>
  condition
    .split("|")
    .some((all) => all.split("&").every((one) => (k[one[0] as Variable] === Number(one[3])) === (one[1] === "=")));

const pathOf = (name: string, texts: readonly string[]): Path =>
  w.path(
    name,
    {},
    Object.fromEntries(
      [...texts, ""].map((text, i) => {
        const { waits, sets, only, to } = parse(text);
        return [
          `${i}: ${text}`,
          full((k: K) => {
            if (waits !== undefined && !isMet(waits, k)) return wait;
            const jumps = to !== undefined && (only === undefined || isMet(only, k));
            for (const [variable, value] of sets) k[variable] = value;
            return jumps ? `${to}: ${texts[to]}` : undefined;
          }),
        ];
      }),
    ) as never,
  ) as Path;

const inPromela = (condition: string): string => condition.replaceAll("|", " || ").replaceAll("&", " && ");

function promelaOf({ threads, asks, strong = [] }: Model): string {
  const stepOf = (text: string, i: number): string => {
    const { isMarked, waits, sets, only, to } = parse(text);
    const does = sets.map(([variable, value]) => `${variable} = ${value}`).join("; ");
    const jump = only === undefined ? `goto S${to}` : `if :: ${inPromela(only)} -> goto S${to} :: else fi`;
    const all = [waits && `(${inPromela(waits)})`, does, to === undefined ? "" : jump].filter(Boolean);
    return `S${i}: ${isMarked ? `progress${i}: ` : ""}atomic { ${all.join("; ") || "skip"} }`;
  };
  const processes = threads.map(
    (texts, t) => `active proctype p${t}() {\n${[...texts, ""].map(stepOf).join(";\n")}\n}\n`,
  );
  const fair = strong.map(([can, does]) => `([]<>(${inPromela(can)}) -> []<>(${inPromela(does)})) -> `).join("");
  const question =
    asks === "progress"
      ? ""
      : `ltl asked { ${fair}(${asks.from === undefined ? "" : `[](${inPromela(asks.from)} -> `}<>(${inPromela(asks.to)})${asks.from === undefined ? "" : ")"}) }\n`;
  return `byte ${VARIABLES.join(", ")};\n${processes.join("")}${question}`;
}

/** Whether SPIN's verifier, by weak fairness, finds no cycle. */
const holdsInSpin = (model: Model): boolean =>
  spinHolds(promelaOf(model), {
    compiled: ["-DNFAIR=4", ...(model.asks === "progress" ? ["-DNP"] : [])],
    run: [model.asks === "progress" ? "-l" : "-a", "-f", "-m100000"],
  });

for (const model of models)
  test(`${model.what}: ${model.holds ? "holds" : "violated"}`, async () => {
    const { threads, asks, strong } = model;
    const fairness = strong ? "strong" : "weak";
    const question = (condition: string) => (k: K) => isMet(condition, k);
    const spec =
      asks === "progress"
        ? w.leadsTo("asked", "there is progress again and again", () => true, question("d==1"), { fairness })
        : asks.from === undefined
          ? w.eventually("asked", "it comes", question(asks.to), { fairness })
          : w.leadsTo("asked", "it follows", question(asks.from), question(asks.to), { fairness });
    const program = toy({
      world: w,
      threads: Object.fromEntries(threads.map((texts, t) => [`p${t}`, pathOf(`p${t}`, texts)])),
      specs: [spec],
    });
    const { verdict } = specOf(resultOf(program, await searched(program), "faultline check toy"), "asked");
    assert.equal(verdict, model.holds ? "holds" : "violated");
  });

for (const model of models)
  test(`SPIN says the same of ${model.what}`, { skip: withoutSpin }, () =>
    assert.equal(holdsInSpin(model), model.holds),
  );
