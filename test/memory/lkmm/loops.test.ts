import assert from "node:assert/strict";
import { test } from "node:test";
import {
  acquire,
  array,
  bool,
  bugOn,
  int,
  inWord,
  noreturn,
  once,
  release,
  spinlock,
  struct,
  wait,
  world,
} from "faultline";
import type { Path } from "faultline";
import { Lkmm } from "../../../src/memory/lkmm/lkmm.ts";
import { searchLkmm, type LkmmExploration } from "../../../src/memory/lkmm/search.ts";
import { toy } from "../../machine/toy.ts";

const Folio = struct({ locked: inWord("flags", bool), cached: inWord("flags", bool) });
const w = world({ folio: Folio, ready: bool, ptl: spinlock });

/** Takes the lock bit, looks, drops it, and comes again. */
const spinner = w.path(
  "spin",
  { ok: bool },
  {
    trylock: acquire((k) => {
      if (k.folio.locked) return "trylock";
      k.folio.locked = true;
    }),
    "ready?": once((k, me) => void (me.ok = k.ready)),
    unlock: release((k, { ok }) => {
      k.folio.locked = false;
      if (!ok) return "trylock";
    }),
  },
);

/** The same under a spin lock that it drops where it does not get the bit. */
const again = w.path(
  "again",
  { ok: bool, got: bool },
  {
    "spin_lock(ptl)": acquire((k) => {
      if (k.ptl) return wait;
      k.ptl = true;
    }),
    trylock: acquire((k, me) => {
      me.got = !k.folio.locked;
      if (me.got) k.folio.locked = true;
    }),
    "got?": (_, { got }) => (got ? undefined : "spin_unlock(ptl)"),
    "ready?": once((k, me) => void (me.ok = k.ready)),
    unlock: release((k) => void (k.folio.locked = false)),
    "spin_unlock(ptl)": release((k, { ok }) => {
      k.ptl = false;
      if (!ok) return "spin_lock(ptl)";
    }),
  },
);

const setter = w.path(
  "set",
  {},
  {
    lock: acquire((k) => {
      if (k.folio.locked) return wait;
      k.folio.locked = true;
    }),
    "cached = true": noreturn((k) => void (k.folio.cached = true)),
    unlock: release((k) => void (k.folio.locked = false)),
    "ready = true": once((k) => void (k.ready = true)),
  },
);

function searched(threads: Readonly<Record<string, Path>>): LkmmExploration {
  const search = searchLkmm(new Lkmm(toy({ world: w, threads })), { maxStates: 50_000 });
  for (;;) {
    const { done, value } = search.next();
    if (done === true) return value;
  }
}

test("a loop that takes and drops a lock bit comes back to where it was, though another CPU has not begun yet", () => {
  for (const threads of [
    { spinner, setter },
    { spinner, other: spinner, setter },
    { again, setter },
    { again, other: again, setter },
  ] as const) {
    const { cut, found, done } = searched(threads as Readonly<Record<string, Path>>);
    assert.deepEqual([cut, [...found], done > 0], [undefined, [], true], Object.keys(threads).join());
  }
});

test("a loop that stores what a CPU may still read, however old, ends undecided with the word and the reason", () => {
  const reader = w.path("look", { a: bool }, { "locked?": once((k, me) => void (me.a = k.folio.locked)) });
  const { cut, waiting } = searched({ spinner, setter, reader });
  assert.match(cut ?? "", /^a loop: more than \d+ stores to folio\.flags that some CPU need not have seen/);
  assert.equal(waiting, 0);
});

test("what a violation needs of a loop is still found", () => {
  const impatient = w.path(
    "look",
    { a: bool },
    {
      "locked?": once((k, me) => void (me.a = k.folio.locked)),
      "free?": once((k, me) => (me.a && !k.folio.locked ? undefined : "locked?")),
    },
  );
  const program = toy({
    world: w,
    threads: { spinner, setter, impatient },
    specs: [w.atEnd("never-ends", "the observer never sees all of it", () => false)],
  });
  const search = searchLkmm(new Lkmm(program), { maxStates: 50_000 });
  let slice = search.next();
  while (slice.done !== true) slice = search.next();
  assert.ok(slice.value.found.has("never-ends"));
});

test("a thread that goes round for ever by an index that it never changes reads what there is to read", () => {
  const flags = world({ flags: array(2, bool) });
  const setter = flags.path("set", {}, { "flags[0] = true": once((k) => void (k.flags[0] = true)) });
  // Its life never ends, and so it is not even forgotten.
  const kthread = flags.path(
    "kthread",
    { cpu: int(0, 1) },
    {
      "while (!flags[cpu])": once((k, { cpu }) => (k.flags[cpu]! ? undefined : "while (!flags[cpu])")),
      "BUG()": once((_, { cpu }) => {
        bugOn(cpu === 0, "the flag was set");
        return "while (!flags[cpu])";
      }),
    },
  );
  const program = toy({ world: flags, threads: { setter, kthread } });
  const search = searchLkmm(new Lkmm(program), { maxStates: 50_000 });
  let slice = search.next();
  while (slice.done !== true) slice = search.next();
  assert.ok(slice.value.found.has("no-bug"));
});
