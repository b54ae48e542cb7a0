import assert from "node:assert/strict";
import { test } from "node:test";
import {
  array,
  bitLock,
  bool,
  done,
  downgrade,
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
  spinlock,
  struct,
  symmetric,
  synchronizeRcu,
  trylock,
  trylockShared,
  unlock,
  unlockShared,
  wait,
  world,
} from "faultline";
import type { StateOf } from "faultline";
import { searched } from "../search/searched.ts";
import { saidOf } from "./said.ts";
import { check, modelError, specOf, toy } from "./toy.ts";

const Page = struct({ locked: inWord("flags", bitLock), dirty: inWord("flags", bool) });
const w = world({
  a: spinlock,
  b: spinlock,
  rw: rwlock,
  m: mutex,
  sem: rwsem,
  page: Page,
  slot: ref(Page),
  n: guarded("m", int(0, 3)),
  v: guarded("sem", int(0, 3)),
  go: bool,
});
type K = StateOf<typeof w>;
type Steps = Readonly<Record<string, unknown>>;

const pathOf = (name: string, steps: Steps) => w.path(name, {}, steps as { step: () => void });

/** What the checks say of these steps, each in a thread of its own. */
async function said(...threads: readonly Steps[]): Promise<string> {
  const paths = threads.map((steps, t) => pathOf(`path${t}`, steps));
  const program = toy({ world: w, threads: { thread: paths } });
  return saidOf(program);
}

const a = (k: K): boolean => k.a;
const m = (k: K): boolean => k.m;
const sem = (k: K): number => k.sem;
const rw = (k: K): number => k.rw;
const locked = (k: K): boolean => k.page.locked;

test("locks of all kinds keep others out, and readers not each other", async () => {
  for (const one of [a, m, locked, sem, rw])
    assert.equal(await said({ lock: lock(one), unlock: unlock(one) }, { lock: lock(one), unlock: unlock(one) }), "");
  for (const one of [sem, rw]) {
    const reader = { lockShared: lockShared(one), unlockShared: unlockShared(one) };
    assert.equal(
      await said(reader, reader, { lock: lock(one), downgrade: downgrade(one), unlockShared: unlockShared(one) }),
      "",
    );
  }
});

test("a lock is not released by who does not hold it, or otherwise", async () => {
  for (const one of [a, m, locked, sem, rw]) {
    const free = await said({ unlock: unlock(one) });
    assert.match(free, /^locking: \S+ is released.*, which this CPU does not hold$/);
    const holder = { lock: lock(one), "go = true": (k: K) => void (k.go = true), unlock: unlock(one) };
    const other = { "go?": (k: K) => (k.go ? undefined : "go?"), unlock: unlock(one) };
    const paths = { holder: pathOf("holder", holder), other: pathOf("other", other) };
    const { trace } = specOf(check(toy({ world: w, threads: paths })), "locking");
    assert.match(trace!.ending.reason, /is released.*, which this CPU does not hold$/);
  }
  assert.equal(
    await said({ lockShared: lockShared(sem), unlock: unlock(sem) }),
    "locking: sem is released as by a writer, which this CPU holds as a reader",
  );
  assert.equal(
    await said({ lock: lock(sem), unlockShared: unlockShared(sem) }),
    "locking: sem is released as by a reader, which this CPU holds as a writer",
  );
  assert.equal(
    await said({ lockShared: lockShared(sem), downgrade: downgrade(sem) }),
    "locking: sem is downgraded as by a writer, which this CPU holds as a reader",
  );
});

test("a lock is not taken by who holds it: it would wait for itself", async () => {
  for (const one of [a, m, locked, sem, rw])
    assert.match(
      await said({ lock: lock(one), again: lock(one) }),
      /^locking: \S+, a .*, is taken by who holds it already/,
    );
  for (const one of [sem, rw]) {
    assert.match(
      await said({ lockShared: lockShared(one), again: lockShared(one) }),
      /^locking: .* is taken again by a reader of it/,
    );
    assert.match(await said({ lockShared: lockShared(one), lock: lock(one) }), /by who holds it already/);
  }
  // One that only tries does not wait.
  assert.equal(await said({ lock: lock(m), try: trylock(m)("unlock"), unlock: unlock(m) }), "");
});

test("who waits for a mutex or an rwsem may sleep, and must not under a lock that others spin for", async () => {
  const under = (take: Steps, release: Steps): Promise<string> =>
    said({ ...take, "mutex_lock(&m)": lock(m), "mutex_unlock(&m)": unlock(m), ...release });
  const inside = (which: string): string => `locking: m, a mutex, is taken, which may sleep, ${which}`;
  const spinning = "while this CPU holds a lock that others spin for";
  assert.equal(await under({ l: lock(a) }, { u: unlock(a) }), inside(spinning));
  assert.equal(await under({ l: lockShared(rw) }, { u: unlockShared(rw) }), inside(spinning));
  assert.equal(await under({ l: lock(locked) }, { u: unlock(locked) }), inside(spinning));
  assert.equal(
    await under({ l: rcuReadLock }, { u: rcuReadUnlock }),
    inside("inside an RCU read-side critical section"),
  );
  assert.equal(await under({ l: lockShared(sem) }, { u: unlockShared(sem) }), "");
  // To try it is no sleep.
  assert.equal(await said({ l: lock(a), "mutex_trylock(&m)": trylock(m)("u"), um: unlock(m), u: unlock(a) }), "");
  assert.equal(
    await said({ l: lock(a), "copy_from_user()": mightSleep, u: unlock(a) }),
    `locking: a step may sleep ${spinning}`,
  );
  assert.equal(
    await said({ l: lock(a), "synchronize_rcu()": synchronizeRcu, u: unlock(a) }),
    `locking: synchronize_rcu() sleeps ${spinning}`,
  );
});

test("a thread does not end with a lock held", async () => {
  assert.equal(await said({ lock: lock(m) }), "locking: the thread ends while it holds a lock");
  assert.equal(
    await said({ try: trylockShared(sem).then({ false: done }) }),
    "locking: the thread ends while it holds a lock",
  );
});

test("a guarded field is for the thread that holds its lock, and for writers to write", async () => {
  const write = once((k: K) => void k.n++);
  const holder = { lock: lock(m), "n++": write, unlock: unlock(m) };
  assert.equal(await said(holder, holder), "");
  // While another thread holds it.
  const busy = { lock: lock(m), "go = true": (k: K) => void (k.go = true), unlock: unlock(m) };
  const idler = { "go?": (k: K) => (k.go ? undefined : "go?"), "n++": write };
  assert.match(await said(busy, idler), /guarded: n is read by who does not hold m/);
  const reader = { down: lockShared(sem), "look at v": once((k: K) => void k.v), up: unlockShared(sem) };
  assert.equal(await said(reader, reader), "");
  const writes = { down: lockShared(sem), "v = 1": once((k: K) => void (k.v = 1)), up: unlockShared(sem) };
  assert.equal(await said(writes), "guarded: v is written by who holds sem as a reader");
});

test("a spin lock that a step assigns is taken and released by its thread, where locks have owners", async () => {
  const byHand = { lock: (k: K) => void (k.a = true), unlock: unlock(a) };
  assert.equal(await said(byHand), "");
  assert.equal(
    await said({ other: lock(m), "other unlock": unlock(m), "a = false": (k: K) => void (k.a = false) }),
    "locking: a is released, which this CPU does not hold",
  );
});

test("symmetric threads are exchanged with the locks that they hold", async () => {
  const Mm = struct({ ptl: spinlock, rss: guarded("ptl", int(0, 3)) });
  const own = world({ m: mutex, mm: array(3, Mm), sem: rwsem });
  const path = (i: number) =>
    own.path(
      "path",
      {},
      {
        "down_read(&sem)": lockShared((k) => k.sem),
        "spin_lock(ptl)": lock((k) => k.mm[i]!.ptl),
        "rss++": once((k) => void k.mm[i]!.rss++),
        "spin_unlock(ptl)": unlock((k) => k.mm[i]!.ptl),
        "mutex_lock(&m)": lock((k) => k.m),
        "mutex_unlock(&m)": unlock((k) => k.m),
        "up_read(&sem)": unlockShared((k) => k.sem),
      },
    );
  const program = toy({ world: own, threads: { t: symmetric(3, path) } });
  for (const memory of ["sc", "tso", "lkmm"] as const) {
    const [whole, found] = [await searched(program, { memory, symmetry: false }), await searched(program, { memory })];
    assert.deepEqual(found.symmetric, ["t"], memory);
    assert.ok(found.states < whole.states, memory);
    assert.equal(found.found.size, 0);
  }
});

test("scenarios without locks' operations have no such check, and no such cells", () => {
  const byHand = pathOf("by hand", {
    lock: (k: K) => void (k.a = true),
    unlock: (k: K) => void (k.a = false),
  });
  const program = toy({ world: w, threads: { byHand } });
  assert.ok(!check(program).specs.some(({ name }) => name === "locking"));
  assert.ok(program.cells.every(({ name }) => !name.startsWith("held")));
});

test("a reader that tries a lock which it reads already left the range of a field that no model sees", () => {
  for (const one of [sem, rw]) {
    const again = { l: lockShared(one), again: trylockShared(one)("u"), u: unlockShared(one) };
    assert.match(
      modelError(() => check(toy({ world: w, threads: { path: pathOf("path", again) } }))).message,
      /is tried again by a reader of it/,
    );
  }
});

test("a step that takes a lock and then waits named what is kept of its owner, too", () => {
  const path = pathOf("path", { l: lock(m).then((k: K) => (k.go ? undefined : wait)), u: unlock(m) });
  assert.equal(
    modelError(() => check(toy({ world: w, threads: { path } }))).message.split("\n")[0],
    "step 'l' of path 'path' writes m and then waits",
  );
});

test("what is no lock, or no such lock, is refused", () => {
  const errorOf = (steps: Steps): string =>
    modelError(() => check(toy({ world: w, threads: { path: pathOf("path", steps) } }))).message;
  assert.match(errorOf({ go: lock((k: K) => k.go) }), /lock\(\) was given what is no lock/);
  assert.match(errorOf({ m: lockShared((k: K) => k.m) }), /lockShared\(\) was given 'm', a mutex, which nobody shares/);
  assert.match(
    errorOf({ m: (k: K) => void ((k as { m: boolean }).m = true), l: lock(a), u: unlock(a) }),
    /'m' is a mutex, and cannot be assigned/,
  );
  assert.match(modelError(() => lock("a" as never)).message, /lock\(\) was given no function/);
  const through = { "lock the page": lock((k: K) => k.slot!.locked) };
  const { trace } = specOf(check(toy({ world: w, threads: { path: pathOf("path", through) } })), "no-oops");
  assert.equal(trace!.ending.reason, "NULL pointer dereference: slot is NULL");
});
