import assert from "node:assert/strict";
import { test } from "node:test";
import { bool, extend, int, once, type Path } from "faultline";
import type { Patchable } from "../../src/model/patch.ts";
import { MEMORY_MODELS } from "../../src/model/memory.ts";
import type { Program } from "../../src/machine/program.ts";
import { outcomesOf } from "../../src/search/outcomes.ts";
import { toy } from "../machine/toy.ts";
import { showAll, threads, w } from "./classics.ts";
import { numbers, randomProgram } from "./random-programs.ts";

const RUNS = 60;
const LOCALS = { r: int(0, 3), s: int(0, 3) } as const;
type AnyPatchable = Patchable<never, never, string, typeof LOCALS>;

const pathsOf = ({ threads: all }: Program): readonly Path[] => all.map(({ root }) => root.path);

/** The same steps, of which some are put in by patches: left out at first, or something else at first. */
function byPatches({ name, entries, labels }: Path, next: (below: number) => number): Path {
  const missing = labels.slice(1).filter(() => next(3) === 0);
  const other = labels.filter((label) => !missing.includes(label) && next(3) === 0);
  const wrong = once((k: { x: number }) => void (k.x = 3));
  const steps = labels.map((label) => [label, other.includes(label) ? wrong : entries.get(label)!] as const);
  const surplus = ["surplus", wrong] as const;
  const base = w.path(
    name,
    LOCALS,
    Object.fromEntries([...steps.filter(([label]) => !missing.includes(label)), surplus]) as never,
  ) as unknown as AnyPatchable;
  const replace = Object.fromEntries(other.map((label) => [label, entries.get(label)!]));
  // One after the other: each stands behind the one that came before it.
  return missing.reduce<AnyPatchable>(
    (path, label) => {
      const before = labels[labels.indexOf(label) - 1]!;
      return path.with({ after: { [before]: { [label]: entries.get(label)! } } } as never) as AnyPatchable;
    },
    base.with({ drop: ["surplus"], replace } as never) as AnyPatchable,
  );
}

test("random programs have the outcomes of the same programs made by patches, in an extended world, under every memory model", async () => {
  const next = numbers(15);
  const wide = extend(w, { more: int(-1, 1, 0), within: {} });
  const writer = wide.path("writer", {}, { "more = 1": once((k) => void (k.more = 1)) });
  let patches = 0;
  for (let run = 0; run < RUNS; run++) {
    const texts = randomProgram(next, 3);
    const program = threads(...texts);
    const paths = pathsOf(program).map((path) => byPatches(path, next));
    patches += paths.reduce((sum, { patched }) => sum + (patched?.patches.length ?? 0), 0);
    const patched = toy({
      world: wide,
      threads: { ...Object.fromEntries(paths.map((path, t) => [`p${t}`, path])), ...(run % 4 === 0 ? { writer } : {}) },
      unreached: ["*"],
    });
    for (const memory of MEMORY_MODELS) {
      const { values } = await outcomesOf(program, w, memory, showAll);
      const found = await outcomesOf(patched, wide, memory, showAll);
      assert.deepEqual(found.values, values, `${memory}: ${texts.join(" || ")}`);
    }
  }
  assert.ok(patches > RUNS, `${patches}`);
});

test("a field of an extension is memory like any other", async () => {
  const wide = extend(w, { flag: bool, data: int(0, 2) });
  const reads = wide.path(
    "read",
    { ok: bool },
    {
      "flag?": once((k, me) => void (me.ok = k.flag)),
      data: once((k, { ok }) => void (k.seen[0].r = ok ? k.data : 2)),
    },
  );
  const writes = wide.path(
    "write",
    {},
    {
      "data = 1": once((k) => void (k.data = 1)),
      "flag = true": once((k) => void (k.flag = true)),
    },
  );
  const program = toy({ world: wide, threads: { reads, writes } });
  for (const memory of MEMORY_MODELS) {
    const { values } = await outcomesOf(program, wide, memory, (k) => String(k.seen[0].r));
    assert.deepEqual(values.toSorted(), memory === "lkmm" ? ["0", "1", "2"] : ["1", "2"], memory);
  }
});
