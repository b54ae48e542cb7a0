import * as fc from "fast-check";
import {
  MOST_THREADS,
  names,
  type Assign,
  type Bug,
  type Call,
  type Condition,
  type Jump,
  type Program,
  type Step,
  type Thread,
  type Values,
} from "./program.ts";
import { textOf } from "./program-text.ts";

const variable = (usable: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...usable);

const values = (low: number, high: number): fc.Arbitrary<Values> => {
  const value = fc.integer({ min: low, max: high });
  return fc.tuple(value, seldom(value)).map(([first, second]) => (second === null ? [first] : [first, second]));
};

/** Mostly null: what a step reads multiplies the ways through it, and the time that taking it apart needs. */
const seldom = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.oneof({ withCrossShrink: true }, { weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });

const conditionOn = (usable: readonly string[]): fc.Arbitrary<Condition> =>
  fc.record({ of: variable(usable), is: fc.nat({ max: 2 }), not: fc.boolean() });

const assignTo = (usable: readonly string[]): fc.Arbitrary<Assign> =>
  fc
    .record({
      when: seldom(conditionOn(usable)),
      to: variable(usable),
      of: seldom(variable(usable)),
      plus: values(0, 1),
    })
    .map((assign) => ({ kind: "assign", ...assign }));

const act = (usable: readonly string[]): fc.Arbitrary<Assign | Bug> =>
  fc.oneof(
    { weight: 30, arbitrary: assignTo(usable) },
    { weight: 1, arbitrary: conditionOn(usable).map((when) => ({ kind: "bug" as const, when })) },
    { weight: 1, arbitrary: assignTo(names.wild) },
  );

const jumpOn = (usable: readonly string[]): fc.Arbitrary<Jump | null> =>
  seldom(fc.record({ when: fc.option(conditionOn(usable)), target: fc.nat({ max: 6 }) }));

const LOCK: Step = {
  kind: "step",
  wait: { of: "lock", is: 1, not: false },
  acts: [{ kind: "assign", when: null, to: "lock", of: null, plus: [1] }],
  jump: null,
};
const UNLOCK: Step = { ...LOCK, wait: null, acts: [{ kind: "assign", when: null, to: "lock", of: null, plus: [0] }] };

const stepOver = (usable: readonly string[]): fc.Arbitrary<Step> =>
  fc.oneof({ weight: 8, arbitrary: anyStepOver(usable) }, { weight: 1, arbitrary: fc.constantFrom(LOCK, UNLOCK) });
const anyStepOver = (usable: readonly string[]): fc.Arbitrary<Step> =>
  fc.record({
    kind: fc.constant("step" as const),
    wait: seldom(conditionOn(usable)),
    acts: fc
      .tuple(act(usable), seldom(act(usable)))
      .map(([first, second]) => (second === null ? [first] : [first, second])),
    jump: jumpOn(usable),
  });

const callOf = (...subs: readonly number[]): fc.Arbitrary<Call> =>
  fc.record({
    kind: fc.constant("call" as const),
    sub: fc.constantFrom(...subs),
    n: seldom(fc.constantFrom(0, 1, 2, 1, 2, 3)),
    givesBack: fc.boolean(),
    jump: jumpOn(names.local),
  });

const steps = (most: number): fc.Arbitrary<readonly (Step | Call)[]> =>
  fc.array(
    fc.oneof(
      { weight: 5, arbitrary: stepOver([...names.anywhere, ...names.own]) },
      { weight: 1, arbitrary: callOf(0, 1) },
    ),
    { minLength: 1, maxLength: most },
  );

const thread: fc.Arbitrary<Thread> = fc.record({
  count: fc.constantFrom(1, 1, 2, 2, 3),
  isSymmetric: fc.boolean(),
  steps: fc.oneof(steps(3), steps(3), steps(6)),
});

/** As many of the threads as there may be. */
function fewEnough(threads: readonly Thread[]): readonly Thread[] {
  let room = MOST_THREADS;
  return threads.flatMap((thread) => {
    const count = Math.min(thread.count, room);
    room -= count;
    return count === 0 ? [] : [{ ...thread, count }];
  });
}

/** Programs of 1 to 4 threads of 1 to 6 steps; on failure they are printed as text. */
export const program: fc.Arbitrary<Program> = fc
  .record({
    init: fc.array(fc.record({ to: variable([...names.shared, ...names.own]), values: values(0, 1) }), {
      maxLength: 2,
    }),
    subs: fc.tuple(
      fc.array(stepOver(names.anywhere), { minLength: 1, maxLength: 2 }),
      fc.array(fc.oneof({ weight: 3, arbitrary: stepOver(names.anywhere) }, { weight: 1, arbitrary: callOf(0) }), {
        minLength: 1,
        maxLength: 2,
      }),
    ),
    threads: fc.array(thread, { minLength: 1, maxLength: 3 }).map(fewEnough),
    specs: fc.array(
      fc.record({
        kind: fc.constantFrom("always", "atEnd", "sometimes"),
        any: fc.array(conditionOn([...names.shared, ...names.own]), { minLength: 1, maxLength: 2 }),
      }),
      { maxLength: 3 },
    ),
  })
  .map((program) => ({ ...program, [fc.toStringMethod]: () => textOf(program) }));
