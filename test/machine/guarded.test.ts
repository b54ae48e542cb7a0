import assert from "node:assert/strict";
import { test } from "node:test";
import { array, bool, ghost, guarded, hardware, inWord, int, ref, spinlock, struct, world } from "faultline";
import type { Draft, Fields } from "faultline";
import { check, modelError, specOf, toy } from "./toy.ts";

/** What the check `guarded` says of a step over fields of which all are guarded by `lock`. */
function accessed(fields: Fields, step: (k: never) => void): string {
  const w = world({ lock: bool, inner: struct({ mine: bool }), ...fields });
  const path = w.path("path", {}, { step: step as () => void });
  return specOf(check(toy({ world: w, threads: { path } })), "guarded").trace?.ending.reason ?? "holds";
}

test("a guard goes down to whatever is in the field", () => {
  const Leaf = struct({ v: int(0, 2), flags: struct({ a: inWord("flags", bool), b: inWord("flags", bool) }) });
  const node = { s: guarded("lock", struct({ leaf: Leaf, all: array(2, Leaf) })) };
  type K = { s: { leaf: Draft<typeof Leaf>; all: Draft<typeof Leaf>[] } };
  assert.equal(
    accessed(node, (k: K) => void (k.s.leaf.v = 1)),
    "s.leaf.v is written while lock is not held",
  );
  assert.match(
    accessed(node, (k: K) => void (k.s.all[1]!.v = 1)),
    /^s\.all\[1\]\.v is written/,
  );
  assert.match(
    accessed(node, (k: K) => void k.s.all[0]!.flags.b),
    /^s\.all\[0\]\.flags\.b is read/,
  );
  const list = { a: guarded("lock", array(2, array(2, bool))) };
  assert.match(
    accessed(list, (k: { a: boolean[][] }) => void (k.a[1]![0] = true)),
    /^a\[1\]\[0\] is written/,
  );
});

test("a pointer finds a struct that is guarded, and the guard with it", () => {
  const Node = struct({ v: int(0, 2) });
  const fields = { node: guarded("lock", Node), head: ref(Node) };
  type K = { node: Draft<typeof Node>; head: Draft<typeof Node> | null };
  assert.equal(
    accessed(fields, (k: K) => {
      k.head = k.node;
      k.head.v = 1;
    }),
    "node.v is written while lock is not held",
  );
  assert.match(
    accessed({ node: Node, head: guarded("lock", ref(Node)) }, (k: K) => void (k.head = null)),
    /^head is written/,
  );
});

test("what cannot be guarded is refused", () => {
  const errorOf = (fields: Fields): string => modelError(() => world({ lock: bool, ...fields })).message;
  const inner = struct({ own: bool, v: guarded("own", bool) });
  for (const [fields, said] of [
    [
      { s: struct({ x: guarded("lok", bool) }) },
      /^field 's\.x' is guarded by 'lok', which is no lock; did you mean 'lock'/,
    ],
    [{ s: struct({ mine: bool }), x: guarded("mine", bool) }, /^field 'x' is guarded by 'mine', which is no lock/],
    [{ locks: array(2, bool), x: guarded("locks", bool) }, /'locks', which is no lock/],
    [{ own: guarded("own", bool) }, /'own', which is no lock/],
    [{ s: guarded("lock", struct({ l: spinlock, v: bool })) }, /^'s\.l' is a lock, and cannot be guarded by 'lock'/],
    [{ l: guarded("lock", spinlock) }, /^'l' is a lock/],
    [{ s: guarded("lock", inner) }, /^field 's\.v' is guarded by 's\.own', and what it is in by 'lock'/],
    [{ note: ghost(bool), x: guarded("note", bool) }, /'note', which is no field of memory/],
    [{ tlb: hardware(bool), x: guarded("tlb", bool) }, /'tlb', which is no field of memory/],
    [
      { a: inWord("w", guarded("lock", bool)), b: inWord("w", bool) },
      /^'a' is guarded by 'lock', and 'b' in the same word is not/,
    ],
    [
      { n: bool, a: inWord("w", guarded("lock", bool)), b: inWord("w", guarded("n", bool)) },
      /'a' in the same word by 'lock'/,
    ],
  ] as const)
    assert.match(errorOf(fields), said);
  const w = world({ lock: bool });
  assert.match(
    modelError(() =>
      check(toy({ world: w, threads: { p: w.path("p", { x: guarded("lock", bool) }, { s: () => {} }) } })),
    ).message,
    /'p\.x' is guarded by 'lock', which is no lock/,
  );
});

test("a ghost may be guarded, and is no memory still", () => {
  assert.match(
    accessed({ g: ghost(struct({ v: guarded("lock", bool) })) }, (k: { g: { v: boolean } }) => void (k.g.v = true)),
    /^g\.v is written/,
  );
  assert.match(
    accessed({ g: guarded("lock", ghost(array(2, bool))) }, (k: { g: boolean[] }) => void (k.g[1] = true)),
    /^g\[1\] is written/,
  );
});

test("a word holds whatever is in the field", () => {
  const w = world({
    s: struct({ bits: inWord("flags", array(2, bool)), c: inWord("flags", bool) }),
    d: inWord("e", struct({ x: bool })),
  });
  const { cells } = toy({ world: w, threads: { t: w.path("t", {}, { step: () => {} }) } });
  assert.deepEqual(
    cells.map(({ word }) => word),
    ["s.flags", "s.flags", "s.flags", "e"],
  );
});
