import assert from "node:assert/strict";
import { test } from "node:test";
import { array, bool, bugOn, call, choose, guarded, int, oneOf, ref, struct, wait, world } from "faultline";
import type { Path } from "faultline";
import { valuesOf } from "../../src/analysis/constants.ts";
import { specTreeOf, treeOf, type Tree } from "../../src/analysis/decision-tree.ts";
import { showValue } from "../../src/model/layout.ts";
import { modelError, toy } from "../machine/toy.ts";

const Page = struct({ count: int(0, 2) });
const w = world({
  x: int(-1, 1),
  mode: oneOf("idle", "busy", "gone"),
  lock: bool,
  held: guarded("lock", bool),
  pages: array(2, Page),
  slot: ref(Page),
});

/** A tree as text: branches as `field{arm | arm}`, choices as `?{option | option}`, writes as `field=value`. */
function show(tree: Tree): string {
  switch (tree.kind) {
    case "branch":
      return `${tree.cell.name}{${tree.arms.map(show).join(" | ")}}`;
    case "choice":
      return `?{${tree.options.map(show).join(" | ")}}`;
    case "moved":
      return [...[...tree.writes].map(([cell, value]) => `${cell.name}=${showValue(value)}`), `->${tree.next}`].join(
        " ",
      );
    case "violation":
      return tree.check;
    default:
      return tree.kind;
  }
}

const machineOf = (path: Path) => toy({ world: w, threads: { path } });
const treeAt = (path: Path, point = 0): string => show(treeOf(machineOf(path).threads[0]!, point));

test("a step that reads nothing is its writes", () => {
  const path = w.path("path", {}, { step: (k) => void (k.mode = "gone"), last: () => "step", never: () => {} });
  assert.equal(treeAt(path), "mode=gone ->1");
  assert.equal(treeAt(path, 1), "->0");
  assert.equal(treeAt(path, 2), "->-1");
});

test("branches are in the order of the field's values, and writes are constants", () => {
  const path = w.path("path", {}, { step: (k) => void (k.x = -k.x) });
  assert.equal(treeAt(path), "x{x=1 ->-1 | x=0 ->-1 | x=-1 ->-1}");
});

test("only what is read on the way is asked for, in the order it is read, and once", () => {
  const path = w.path(
    "path",
    {},
    {
      step: (k) => {
        if (k.mode !== "busy") return wait;
        if ([k.lock, k.lock].every(Boolean) && k.mode === "busy") k.x = 1;
      },
    },
  );
  assert.equal(treeAt(path), "mode{blocked | lock{->-1 | x=1 ->-1} | blocked}");
});

test("what a step has written itself is not asked for", () => {
  const path = w.path(
    "path",
    {},
    {
      step: (k) => {
        k.x = 0;
        k.x += 1;
      },
    },
  );
  assert.equal(treeAt(path), "x=1 ->-1");
});

test("the options of a choice are kept apart, even equal ones", () => {
  const path = w.path(
    "path",
    {},
    {
      step: (k) => {
        if (choose(false, true)) k.x = choose(0, 0, 1);
      },
    },
  );
  assert.equal(treeAt(path), "?{->-1 | ?{x=0 ->-1 | x=0 ->-1 | x=1 ->-1}}");
});

test("built-in checks that fail are leaves", () => {
  const path = w.path(
    "path",
    {},
    {
      up: (k) => void k.x++,
      bug: (k) => bugOn(k.lock, "locked"),
      guard: (k) => void (k.held = true),
    },
  );
  assert.equal(treeAt(path), "x{x=0 ->1 | x=1 ->1 | in-range}");
  assert.equal(treeAt(path, 1), "lock{->2 | no-bug}");
  assert.equal(treeAt(path, 2), "lock{guarded | held=true ->-1}");
});

test("following a null pointer is an oops, whether or not a state has one", () => {
  const path = w.path("path", {}, { step: (k) => void (k.x = k.slot!.count === 2 ? 1 : 0) });
  const counts = (page: number): string => `pages[${page}].count{x=0 ->-1 | x=0 ->-1 | x=1 ->-1}`;
  assert.equal(treeAt(path), `slot{no-oops | ${counts(0)} | ${counts(1)}}`);
});

test("a pointer that was just read names the same struct where it is read again", () => {
  const path = w.path("path", {}, { step: (k) => void (k.lock = k.slot === k.pages[1]) });
  assert.equal(treeAt(path), "slot{lock=false ->-1 | lock=false ->-1 | lock=true ->-1}");
});

test("a call's arguments and results belong to the steps around it", () => {
  const callee = w.path("callee", { n: int(0, 1) }, { "n == 1?": (k, me) => void (k.lock = me.n === 1) });
  const caller = w.path(
    "caller",
    { m: int(0, 1) },
    {
      first: () => {},
      "callee(m)": call(callee, (me: { m: number }) => ({ n: me.m })),
      last: () => {},
    },
  );
  assert.equal(treeAt(caller), "path.m{path.callee(m).n=0 ->1 | path.callee(m).n=1 ->1}");
  const reset = "path.callee(m).n=0";
  assert.equal(treeAt(caller, 1), `path.callee(m).n{lock=false ${reset} ->2 | lock=true ${reset} ->2}`);
});

test("a step that is not pure is refused, whether or not a state gets there", () => {
  const path = w.path("path", {}, { step: (k) => void (k.lock = k.x === 1 && Math.random() > 0) });
  assert.match(modelError(() => treeAt(path)).message, /is not pure/);
});

test("a step that reads too much is refused with its name, what it read and what to do", () => {
  const big = world({ a: int(0, 299), b: int(0, 299), c: bool });
  const path = big.path("adder", {}, { "a + b": (k) => void (k.c = k.a + k.b > 7) });
  const program = toy({ world: big, threads: { path } });
  const { message, explanation } = modelError(() => treeOf(program.threads[0]!, 0));
  assert.equal(message, "step 'a + b' of path 'adder' reads too much at once");
  assert.match(explanation.cause!, /50000 combinations of a \(300 values\), b \(300 values\)/);
  assert.match(explanation.remedy!, /split it into steps that read fewer fields, or give the fields smaller domains/);
  assert.match(explanation.where!, /test\/analysis\/decision-tree\.test\.[jt]s:\d+/);
});

test("a spec is hit where it is violated, or where a `sometimes` spec is met", () => {
  const specs = [
    w.always("low", "x is low", (k) => k.x < 1 || "x is 1"),
    w.atEnd("unlocked", "the lock is free", (k) => !k.lock),
    w.sometimes("gone", "the mode is gone", (k) => k.mode === "gone"),
    w.sometimes("points", "slot points somewhere", (k) => k.slot!.count >= 0),
  ];
  const program = machineOf(w.path("path", {}, { step: () => {} }));
  assert.deepEqual(
    specs.map((spec) => show(specTreeOf(program, spec)!)),
    [
      "x{miss | miss | hit}",
      "lock{miss | hit}",
      "mode{miss | miss | hit}",
      "slot{broken | pages[0].count{hit | hit | hit} | pages[1].count{hit | hit | hit}}",
    ],
  );
});

test("a spec that reads too much is not taken apart", () => {
  const bits = world({ bits: array(14, bool) });
  const path = bits.path("path", {}, { step: () => {} });
  const even = bits.always("even", "the number of bits is even", (k) => k.bits.filter(Boolean).length % 2 === 0);
  const none = bits.always("none", "no bit is set", (k) => !k.bits.some(Boolean));
  const program = toy({ world: bits, threads: { path } });
  assert.equal(specTreeOf(program, even), undefined);
  // Reads as many fields, but only ever goes on from one value of each.
  assert.notEqual(specTreeOf(program, none), undefined);
  // What no step writes is no branch.
  const values = valuesOf(program, [[treeOf(program.threads[0]!, 0)]]);
  assert.equal(show(specTreeOf(program, even, values)!), "miss");
});
