import assert from "node:assert/strict";
import { test } from "node:test";
import { array, bool, bugOn, choose, int, wait, world } from "faultline";
import { faultVersusTruncate } from "../../bench/fault-versus-truncate.ts";
import { range } from "../published/range.ts";
import { machineOf, toy } from "../machine/toy.ts";
import { figuresOf, searchAll, verdictsOf } from "./agreement.ts";

// Levels of more than 20000 states are shared by all threads: here those after four steps and more.
const N = 3;
const VALUES = range(0, 24);
const w = world({ at: array(N, int(0, 24)), looked: array(N, bool) });

/** Threads that come to grief in many ways at once where the levels are widest. */
const pickers = toy({
  world: w,
  threads: Object.fromEntries(
    VALUES.slice(0, N).map((i) => {
      const other = (i + 1) % N;
      const picker = w.path(
        "picker",
        {},
        {
          pick: (k) => void (k.at[i] = choose(...VALUES)),
          look: (k) => {
            if (k.looked[other] && k.at[i] === k.at[other]) return wait;
            k.looked[i] = true;
          },
          end: (k) => bugOn(k.at[i] === 20 && k.looked[other]!, "it is 20"),
        },
      );
      return [`picker${i}`, picker];
    }),
  ),
  specs: [
    // Reads too much to be taken apart.
    w.always("below-70", "the sum stays below 70", ({ at, looked }) => at[0] + at[1] + at[2] < 70 || !looked[1]),
    w.always("apart", "no two neighbours are at 7", ({ at, looked }) => at[0] !== 7 || at[1] !== 7 || !looked[0]),
    w.sometimes("all-looked", "all have looked", ({ looked }) => looked.every(Boolean)),
    w.atEnd("not-3", "the first does not end at 3", ({ at }) => at[0] !== 3),
  ],
});

test("schedules, figures and verdicts are the same for any number of threads", async () => {
  const one = await searchAll(pickers, { threads: 1 });
  assert.ok(one.states > 200_000);
  assert.ok(one.found.size >= 6, [...one.found.keys()].join());
  for (const threads of [2, 3]) {
    const several = await searchAll(pickers, { threads });
    assert.deepEqual(figuresOf(several), figuresOf(one));
    assert.deepEqual(several.found, one.found);
    assert.deepEqual(verdictsOf(pickers, several), verdictsOf(pickers, one));
  }
});

test("four faulters and a truncate: 2007228 states for any number of threads", async () => {
  const program = machineOf(faultVersusTruncate(4, 1));
  const one = await searchAll(program, { threads: 1 });
  assert.deepEqual([one.states, one.transitions, one.done], [2_007_228, 9_113_314, 1]);
  for (const threads of [2, 3]) assert.deepEqual(figuresOf(await searchAll(program, { threads })), figuresOf(one));
});
