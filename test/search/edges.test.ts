import assert from "node:assert/strict";
import { test } from "node:test";
import { array, bool, choose, done, int, ref, struct, wait, world } from "faultline";
import { ModelError } from "../../src/model/error.ts";
import type { Program } from "../../src/machine/program.ts";
import { resultOf } from "../../src/result/result-of.ts";
import { exploreAll } from "../explore-all.ts";
import { machineOf, modelError, specOf, toy } from "../machine/toy.ts";
import { counters } from "../published/counters.ts";
import { assertAgreement, attempt, searchAll } from "./agreement.ts";

/** What either engine says is wrong with a model. */
async function refusals(program: Program): Promise<readonly ModelError[]> {
  const fast = await attempt(async () => resultOf(program, await searchAll(program), ""));
  assert.ok(fast instanceof ModelError, "the fast engine finds nothing wrong");
  return [modelError(() => exploreAll(program)), fast];
}

const Page = struct({ count: int(0, 3) });
const w = world({ pages: array(2, Page), slot: ref(Page), x: int(0, 3) });
const mover = w.path(
  "mover",
  {},
  {
    "slot = page": (k) => void (k.slot = k.pages[0]),
    "slot->count++": (k) => void k.slot!.count++,
    "slot = NULL": (k) => void (k.slot = null),
  },
);
const reader = w.path(
  "reader",
  {},
  { wait: (k) => (k.slot ? undefined : wait), "x = slot->count": (k) => void (k.x = k.slot!.count) },
);

test("a step that throws in a state that can be reached fails the same check for both engines", async () => {
  const program = toy({ world: w, threads: { mover, reader } });
  const agreed = await assertAgreement(program);
  assert.ok(!(agreed instanceof ModelError) && agreed.found.has("no-oops"));
  const slow = specOf(resultOf(program, exploreAll(program), ""), "no-oops");
  const fast = specOf(resultOf(program, await searchAll(program), ""), "no-oops");
  assert.deepEqual(fast.trace!.ending, slow.trace!.ending);
  assert.equal(fast.trace!.ending.reason, "NULL pointer dereference: slot is NULL");
});

test("a step that writes and then waits in a state that can be reached is refused by both engines", async () => {
  const odd = w.path(
    "odd",
    {},
    {
      "x++": (k) => {
        k.x++;
        if (k.slot) return wait;
        if (k.x < 3) return "x++";
      },
    },
  );
  const [slow, fast] = await refusals(toy({ world: w, threads: { mover, odd } }));
  assert.match(slow!.message, /writes x and then waits/);
  assert.deepEqual([fast!.message, fast!.explanation], [slow!.message, slow!.explanation]);
});

test("a step that would throw in a state that cannot be reached is no mistake", async () => {
  const agreed = await assertAgreement(toy({ world: w, threads: { mover } }));
  assert.ok(!(agreed instanceof ModelError));
});

test("a spec that throws in a state that can be reached ends both engines with the same error", async () => {
  const throwing = (kind: "always" | "atEnd" | "sometimes") =>
    w[kind]("odd", "a pointer is followed", (k) => k.slot!.count > 3);
  for (const spec of [throwing("always"), throwing("atEnd"), throwing("sometimes")]) {
    const [slow, fast] = await refusals(toy({ world: w, threads: { mover }, specs: [spec] }));
    assert.match(slow!.message, /^spec 'odd' threw/);
    assert.deepEqual([fast!.message, fast!.explanation], [slow!.message, slow!.explanation]);
  }
});

test("a spec that writes or branches is refused by both engines", async () => {
  const specs = [
    w.always("odd", "it writes", (k) => (k.x = 1) === 1),
    w.always("odd", "it branches", (k) => k.x === choose(0, 1)),
    w.always("odd", "it says nothing", (() => undefined) as unknown as () => boolean),
  ];
  for (const spec of specs) {
    const [slow, fast] = await refusals(toy({ world: w, threads: { mover }, specs: [spec] }));
    assert.deepEqual([fast!.message, fast!.explanation], [slow!.message, slow!.explanation]);
  }
});

test("what an initial state violates has a schedule of no steps", async () => {
  const specs = [w.always("never", "nothing", () => false), w.sometimes("at-once", "x is 2", (k) => k.x === 2)];
  const init = (k: { x: number }): void => void (k.x = choose(0, 1, 2));
  const agreed = await assertAgreement(toy({ world: w, threads: { mover }, specs, init }));
  assert.ok(!(agreed instanceof ModelError));
  assert.deepEqual(agreed.verdicts.verdicts.get("never"), ["violated", 0]);
  assert.deepEqual(agreed.verdicts.verdicts.get("at-once"), ["holds", 0]);
  assert.equal(agreed.found.get("at-once")!.initial, 2);
});

test("a model that cannot take a step is stuck in its initial states", async () => {
  const hang = w.path("hang", {}, { hang: () => wait });
  const specs = [w.atEnd("end", "nothing", () => false)];
  const init = (k: { x: number }): void => void (k.x = choose(0, 1, 1));
  const agreed = await assertAgreement(toy({ world: w, threads: { a: hang, b: hang }, specs, init }));
  assert.ok(!(agreed instanceof ModelError));
  const { initial, states, transitions, depth, stuck } = agreed;
  assert.deepEqual([initial, states, transitions, depth, stuck], [2, 2, 0, 0, 2]);
  assert.deepEqual(agreed.verdicts.verdicts.get("end"), ["vacuous", undefined]);
});

test("a first step that always fails leaves only the initial state", async () => {
  const fails = w.path("fails", {}, { "x = 4": (k) => void (k.x = 4) });
  const agreed = await assertAgreement(toy({ world: w, threads: { fails } }));
  assert.ok(!(agreed instanceof ModelError));
  assert.deepEqual([agreed.states, agreed.transitions, agreed.done, agreed.stuck], [1, 1, 0, 0]);
});

for (const words of [1, 2, 3, 5, 8])
  test(`states of ${words} words`, async () => {
    // All words but the last are full, and a step changes bits at both ends of each.
    const fields = world({
      x: int(0, 1),
      rows: array(words - 1 || 1, words > 1 ? struct({ bits: array(32, bool) }) : Page),
    });
    const path = (i: number) =>
      fields.path(
        "path",
        { n: int(0, 3) },
        {
          step: (k, me) => {
            k.x = choose(0, 1);
            for (const row of k.rows)
              if ("bits" in row) {
                row.bits[31] = !row.bits[0];
                row.bits[i] = me.n % 2 === 0;
              }
            if (me.n === 3) return done;
            me.n++;
            return "step";
          },
        },
      );
    const program = toy({
      world: fields,
      init: (k) => {
        const bit = choose(false, true);
        for (const row of k.rows) if ("bits" in row) row.bits.fill(bit);
      },
      threads: { a: path(0), b: path(30) },
      specs: [
        fields.sometimes("last", "the last bits are set", (k) =>
          k.rows.every((row) => !("bits" in row) || row.bits[31]!),
        ),
      ],
    });
    assert.equal((await searchAll(program)).stats.words, words);
    await assertAgreement(program);
  });

test("a field of thousands of values is read and written", async () => {
  const wide = world({ x: int(0, 9999), y: int(-5000, 4999) });
  const path = wide.path("path", {}, { "y = x - 5000": (k) => void (k.y = k.x - 5000) });
  const init = (k: { x: number }): void => void (k.x = choose(0, 7, 5432, 9999));
  const agreed = await assertAgreement(toy({ world: wide, threads: { path }, init }));
  assert.ok(!(agreed instanceof ModelError));
  assert.equal(agreed.done, 4);
});

test("a thread that goes round for ever is neither done nor stuck", async () => {
  const loop = w.path("loop", {}, { again: (k) => ((k.x = (k.x + 1) % 4), "again") });
  const agreed = await assertAgreement(toy({ world: w, threads: { a: loop, b: loop } }));
  assert.ok(!(agreed instanceof ModelError));
  assert.deepEqual([agreed.states, agreed.transitions, agreed.done, agreed.stuck], [4, 8, 0, 0]);
  await assertAgreement(machineOf(counters(1, 1)));
});

test("steps that make more code than a WebAssembly function may have are refused in words", async () => {
  const wide = world({ a: int(0, 199), b: int(0, 199), c: array(4, int(0, 39_999)) });
  const threads = [0, 1, 2, 3].map((i) =>
    wide.path("product", {}, { "c = a * 200 + b": (k) => void (k.c[i] = k.a * 200 + k.b) }),
  );
  const [first, ...others] = Array.from({ length: 200 }, (_, i) => i);
  const change = wide.path(
    "change",
    {},
    { a: (k) => void (k.a = choose(first!, ...others)), b: (k) => void (k.b = choose(first!, ...others)) },
  );
  const error = await attempt(() => searchAll(toy({ world: wide, threads: { threads, change } })));
  assert.ok(error instanceof ModelError);
  assert.match(error.message, /too large to be compiled together/);
  assert.match(error.explanation.remedy!, /--engine reference/);
});
