import assert from "node:assert/strict";
import { test } from "node:test";
import {
  alloc,
  bitLock,
  bool,
  done,
  downgrade,
  free,
  freeRcu,
  guarded,
  inWord,
  int,
  lock,
  lockShared,
  mightSleep,
  mutex,
  once,
  rcuReadLock,
  rcuReadUnlock,
  ref,
  rwlock,
  rwsem,
  slab,
  spinlock,
  struct,
  trylock,
  trylockShared,
  unlock,
  unlockShared,
  world,
} from "faultline";
import type { StateOf } from "faultline";
import { isConditional } from "../../src/model/checks.ts";
import { ModelError } from "../../src/model/error.ts";
import { BUILT_IN_NAMES, NO_LEAK } from "../../src/model/spec.ts";
import { tsoProgram } from "../../src/memory/tso/program.ts";
import { toy } from "../machine/toy.ts";
import { numbers } from "../memory/random-programs.ts";
import { assertAgreement } from "./agreement.ts";
import { searched } from "./searched.ts";

const Node = struct({ v: bool });
const w = world({
  a: spinlock,
  m: mutex,
  rw: rwlock,
  sem: rwsem,
  word: struct({ bit: inWord("flags", bitLock), other: inWord("flags", bool) }),
  nodes: slab(Node, 2),
  head: ref(Node),
  n: guarded("m", int(0, 2)),
  v: guarded("sem", int(0, 2)),
});
type K = StateOf<typeof w>;
interface Me {
  node: K["nodes"][number] | null;
}

const LOCKS = [(k: K) => k.a, (k: K) => k.m, (k: K) => k.rw, (k: K) => k.sem, (k: K) => k.word.bit];
const SHARED = [(k: K) => k.rw, (k: K) => k.sem];
const take = alloc((k: K) => k.nodes).then((_, me: Me, node) => void (me.node = node));
const give = free((_: K, me: Me) => me.node);
const look = once((_: K, me: Me) => (me.node ? void me.node.v : done));
const share = once((k: K, me: Me) => void (k.head = me.node));
const OTHERS = [
  mightSleep,
  rcuReadLock,
  rcuReadUnlock,
  take,
  give,
  look,
  share,
  once((k: K, me: Me) => void (me.node = k.head)),
  once((k: K) => void k.n++),
  once((k: K) => void k.v),
  (k: K) => void (k.a = false),
];

/** A few steps, as often as not those of a section of a lock. */
function steps(next: (below: number) => number): readonly unknown[] {
  const pick = <T>(all: readonly T[]): T => all[next(all.length)]!;
  switch (next(6)) {
    case 0: {
      const which = pick(LOCKS);
      return [lock(which), pick(OTHERS), unlock(which)];
    }
    case 1: {
      const which = pick(SHARED);
      return [lockShared(which), pick(OTHERS), unlockShared(which)];
    }
    case 2: {
      const which = pick(SHARED);
      return [lock(which), downgrade(which), pick(OTHERS), unlockShared(which)];
    }
    case 3:
      return next(2) === 0 ? [trylock(pick(LOCKS)).then(() => {})] : [trylockShared(pick(SHARED)).then(() => {})];
    case 4:
      if (next(2) === 0) return [take, share];
      return next(4) === 0 ? [pick([lock(pick(LOCKS)), unlock(pick(LOCKS))])] : [pick(OTHERS)];
    default:
      return [take, pick([give, freeRcu((_: K, me: Me) => me.node), share]), pick([look, look, give])];
  }
}

test("on random programs of locks and objects the engines agree, under every memory model", async () => {
  const next = numbers(15);
  const found = new Map<string, number>();
  let refused = 0;
  for (let run = 0; run < 80; run++) {
    const paths = Array.from({ length: run % 3 === 0 ? 1 : 2 }, (_, t) => {
      const all = [...steps(next), ...steps(next), ...(next(2) === 0 ? steps(next) : [])];
      const labelled = Object.fromEntries(all.map((step, i) => [`step ${i}`, step]));
      return w.path(`p${t}`, { node: ref(Node) }, labelled as { step: () => void });
    });
    const program = toy({ world: w, threads: { t: paths } });
    const plain = await assertAgreement(program);
    if (plain instanceof ModelError) {
      refused++;
      continue;
    }
    for (const name of plain.found.keys()) found.set(name, (found.get(name) ?? 0) + 1);
    if (run % 4 !== 0) continue;
    await assertAgreement(tsoProgram(program));
    const fast = await searched(program, { memory: "lkmm" });
    const slow = await searched(program, { memory: "lkmm", isPlain: true });
    const apart = await searched(program, { memory: "lkmm", symmetry: false });
    for (const one of [fast, apart])
      assert.deepEqual([...one.found.keys()].toSorted(), [...slow.found.keys()].toSorted());
    assert.equal(apart.states, slow.states);
    // Objects that are alike are one.
    assert.ok(fast.states <= slow.states);
    // Whatever runs can do under sc, they can do under lkmm.
    for (const name of plain.found.keys()) assert.ok(fast.found.has(name), name);
  }
  assert.ok(refused < 20, `${refused}`);
  for (const check of [...BUILT_IN_NAMES.filter(isConditional), "guarded", NO_LEAK])
    assert.ok((found.get(check) ?? 0) >= 1, `${check}: ${[...found].join("; ")}`);
});
