import assert from "node:assert/strict";
import { test } from "node:test";
import { acquire, bool, done, once, ref, release, struct, wait, world } from "faultline";
import { ModelError } from "../../src/model/error.ts";
import { resetDeadLocals } from "../../src/analysis/liveness.ts";
import type { Program } from "../../src/machine/program.ts";
import { search as searchProgram, type Explored, type HowToSearch } from "../../src/search/search.ts";
import { resultOf } from "../../src/result/result-of.ts";
import { check, modelError, specOf, toy } from "./toy.ts";

const Mapping = struct({ host: bool });
const w = world({ m: Mapping, mapping: ref(Mapping), flag: bool });
type Step = Parameters<typeof w.path<Readonly<Record<string, never>>, "step">>[2]["step"];

const oopsOf = (step: Step) => specOf(check(toy({ world: w, threads: { t: w.path("p", {}, { step }) } })), "no-oops");

test("whatever a step throws in a state that is reached is a violation, and says what it was", () => {
  const forEver = (n: number): number => forEver(n + 1) + 1;
  const thrown: readonly (readonly [Step, RegExp])[] = [
    [(k) => void (k.mapping!.host = true), /^NULL pointer dereference: mapping is NULL$/],
    [(k) => void (k.flag = (({ host }) => host)(k.mapping!)), /^NULL pointer dereference: mapping is NULL$/],
    [
      () => void (undefined as never as { x: number }).x,
      /^TypeError: Cannot read .* undefined .*, at \S+oops\.test\.[jt]s:\d+:\d+$/,
    ],
    [
      () => {
        throw new RangeError("no such page");
      },
      /^RangeError: no such page, at /,
    ],
    [
      () => {
        throw "a word";
      },
      /^it threw 'a word'$/,
    ],
    [
      () => {
        throw Object.create(null);
      },
      /^it threw what cannot be shown$/,
    ],
    [() => void forEver(0), /^RangeError: Maximum call stack size exceeded/],
  ];
  for (const [step, reason] of thrown) {
    const { verdict, trace } = oopsOf(step);
    assert.equal(verdict, "violated");
    assert.match(trace!.ending.reason, reason);
    assert.equal(trace!.steps.length, 1);
  }
});

test("what a step throws where no state gets is not reported", () => {
  assert.equal(oopsOf((k) => void (k.flag && k.mapping!.host)).verdict, "holds");
});

test("a rule of the language that is broken stays a mistake in the model", () => {
  for (const step of [
    (k) => void ((k as unknown as { flga: boolean }).flga = true),
    (k) => ((k.flag = true), wait),
    () => "nowhere" as "step",
    (k) => void (k.flag = 3 as never),
  ] as readonly Step[])
    assert.ok(modelError(() => oopsOf(step)) instanceof ModelError);
});

/** What a search has found in the end. */
async function found(program: Program, how: HowToSearch): Promise<Explored> {
  const search = searchProgram(program, how);
  for (;;) {
    const step = await search.next();
    if (step.done) return step.value;
  }
}

test("under every engine and memory model: the reader of a pointer that another CPU clears", async () => {
  const reader = w.path(
    "reader",
    { seen: ref(Mapping) },
    {
      "if (mapping)": once((k) => (k.mapping ? undefined : done)),
      "seen = mapping": acquire((k, me) => void (me.seen = k.mapping)),
      "seen->host": once((_, me) => void me.seen!.host),
    },
  );
  const clearer = w.path("clearer", {}, { "mapping = NULL": release((k) => void (k.mapping = null)) });
  const program = resetDeadLocals(
    toy({
      world: w,
      threads: { reader, clearer },
      init: (k: { mapping: unknown; m: unknown }) => void (k.mapping = k.m),
    }),
  );
  for (const memory of ["sc", "tso", "lkmm"] as const)
    for (const isPlain of memory === "lkmm" ? [false] : [false, true]) {
      const explored = await found(program, { memory, isPlain });
      const { verdict, trace } = specOf(resultOf(program, explored, "faultline check toy"), "no-oops");
      assert.equal(verdict, "violated", memory);
      assert.equal(trace!.ending.reason, "NULL pointer dereference: reader.seen is NULL");
      const told = trace!.steps.filter((_, i) => trace!.slice.includes(i)).map(({ label }) => label);
      for (const label of ["mapping = NULL", "seen = mapping", "seen->host"])
        assert.ok(told.includes(label), `${memory}: ${told.join()}`);
    }
});

test("under lkmm a check that fails in a step of its own hides nothing that others do", async () => {
  const broken = w.path("broken", { none: ref(Mapping) }, { "none->host": once((_, me) => void me.none!.host) });
  const setter = w.path("setter", {}, { "flag = true": once((k) => void (k.flag = true)) });
  const specs = [w.sometimes("set", "the flag is set", (k) => k.flag)];
  const program = toy({ world: w, threads: { broken, setter }, specs });
  const explored = await found(program, { memory: "lkmm" });
  assert.deepEqual([...explored.found.keys()].toSorted(), ["no-oops", "set"]);
});
