import assert from "node:assert/strict";
import { test } from "node:test";
import type { MemoryModel } from "../../src/model/memory.ts";
import { walked } from "../../src/result/repeat.ts";
import type { Account, Author } from "../../src/machine/trace.ts";
import { extended } from "../../src/explain/session.ts";
import { blockedIn } from "../../src/explain/waiting.ts";
import { stepsFrom, type Run } from "../../src/machine/machine.ts";
import { MACHINES } from "../../src/memory/machines.ts";
import { threads } from "../memory/classics.ts";
import { numbers, randomProgram } from "../memory/random-programs.ts";

/** Walks of random programs at random, each to its end: what is seen of every one of their moments. */
function atRandom(memory: MemoryModel, seed: number, see: (walk: Run, next: Run) => void): void {
  const next = numbers(seed);
  for (let run = 0; run < 60; run++) {
    const program = threads(...randomProgram(next, 4));
    const machine = MACHINES[memory](program);
    let walk = walked(machine, { initial: 0, moves: [] });
    for (let options = walk.options(); options.length > 0; options = walk.options()) {
      const option = options[next(options.length)]!;
      const after = walked(machine, extended(walk, option.move));
      see(walk, after);
      assert.deepEqual(telling(option.account), telling(after.steps.at(-1)!), after.schedule.moves.length.toString());
      walk = after;
    }
    assert.ok(machine.isDone(walk.states.at(-1)!) || blockedIn(walk).length > 0);
  }
}

/** What of a step is told with and without the steps before it. */
const telling = ({ thread, path, label, order, reads, changes }: Account): unknown => ({
  thread,
  path,
  label,
  order,
  reads: reads.map(({ field, value, unseen }) => [field, value, unseen?.thread, unseen?.value]),
  changes: changes.map(({ field, from, to, isBuffered, overtakenBy }) => [field, from, to, isBuffered, overtakenBy]),
});

for (const memory of ["sc", "tso", "lkmm"] as const)
  test(`under ${memory} a step does what was said before it was taken`, () => {
    let old = 0;
    atRandom(memory, 3, (_, { steps }) => {
      if (steps.at(-1)!.reads.some(({ unseen }) => unseen)) old++;
    });
    assert.ok(memory === "sc" ? old === 0 : old > 10, String(old));
  });

test("under lkmm the next load may return just what its CPU need not see, and what was there before that", () => {
  const counts = { choices: 0, none: 0 };
  atRandom("lkmm", 4, (walk) => {
    for (const thread of new Set(walk.options().map(({ account }) => account.thread))) {
      const mine = walk.options().filter(({ account }) => account.thread === thread);
      const variable = /: R (\w) \w (?:once|acquire)$/.exec(mine[0]!.account.label)?.[1];
      if (variable === undefined) continue;
      const read = new Set(mine.map(({ account }) => account.reads.find(({ field }) => field === variable)!.value));
      const held = walk.machine
        .unseen(walk.states.at(-1)!)
        .find((one) => one.kind === "stores" && one.cell.name === variable);
      const unseen = held?.kind === "stores" ? held.unseen.find((one) => one.thread === thread) : undefined;
      const values = unseen?.values ?? [];
      for (const value of values) assert.ok(read.has(value));
      const rest = [...read].filter((value) => !values.includes(value));
      assert.ok(rest.length <= 1, `${mine[0]!.account.label}: ${[...read].join()} and ${values.join()}`);
      if (values.length > 0) counts.choices++;
      else counts.none++;
    }
  });
  assert.ok(counts.choices > 20 && counts.none > 20, JSON.stringify(counts));
});

test("under lkmm a state alone names the CPU whose store it was, or none", () => {
  const counts = { named: 0, unnamed: 0 };
  const compare = (told: Author | undefined, known: Author | undefined): void => {
    if (told === undefined || known === undefined) return assert.equal(told, known);
    if (told === "another CPU") counts.unnamed++;
    else {
      assert.equal(told, known);
      counts.named++;
    }
  };
  atRandom("lkmm", 5, (_, walk) => {
    if (walk.options().length > 0) return;
    for (const [i, { key }] of walk.taken.entries()) {
      const step = stepsFrom(walk.machine, walk.states[i]!, "all").find((one) => one.key === key)!;
      const [told, known] = [step.account(), walk.steps[i]!];
      for (const [r, { unseen }] of told.reads.entries()) compare(unseen?.thread, known.reads[r]!.unseen?.thread);
    }
  });
  assert.ok(counts.named > 20 && counts.unnamed > 0, JSON.stringify(counts));
});
