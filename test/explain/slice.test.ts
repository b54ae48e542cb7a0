import assert from "node:assert/strict";
import { test } from "node:test";
import {
  acquire,
  allocated,
  bool,
  done,
  free,
  guarded,
  int,
  once,
  ref,
  release,
  slab,
  spinlock,
  struct,
} from "faultline";
import { wait, world } from "faultline";
import type { Trace } from "../../src/machine/trace.ts";
import { check, specOf, toy } from "../machine/toy.ts";

const shown = ({ slice, steps }: Trace): readonly string[] =>
  slice.map((i) => `${steps[i]!.thread} ${steps[i]!.label}`);
const traceOf = (program: Parameters<typeof check>[0], spec: string): Trace => specOf(check(program), spec).trace!;

const w = world({ lock: bool, present: bool, mapped: bool, noise: int(0, 3) });

const fault = w.path(
  "fault",
  {},
  {
    "noise++": (k) => {
      k.noise++;
    },
    "present?": once((k) => {
      if (!k.present) return "out";
    }),
    "spin_lock()": acquire((k) => {
      if (k.lock) return wait;
      k.lock = true;
    }),
    "mapped = true": once((k) => {
      k.mapped = true;
    }),
    "spin_unlock()": release((k) => {
      k.lock = false;
    }),
    out: () => {},
  },
);

const remove = w.path(
  "remove",
  {},
  {
    "spin_lock()": acquire((k) => {
      if (k.lock) return wait;
      k.lock = true;
    }),
    "mapped?": once((k) => {
      if (k.mapped) k.mapped = false;
    }),
    "spin_unlock()": release((k) => {
      k.lock = false;
    }),
    "noise++": (k) => {
      k.noise++;
    },
    "present = false": once((k) => {
      k.present = false;
    }),
  },
);

const race = toy({
  world: w,
  threads: { fault, remove },
  init: (k) => {
    k.present = true;
  },
  specs: [w.atEnd("gone", "what is mapped is present", (k) => !k.mapped || k.present)],
});

test("the slice of a race: the tests that came too early, and what came too late; no counter, no unlock", () => {
  assert.deepEqual(shown(traceOf(race, "gone")).toSorted(), [
    "0 mapped = true",
    "0 present?",
    "1 mapped?",
    "1 present = false",
    // Where the near miss differs.
    "1 spin_lock()",
  ]);
});

test("the decisive conflict of a race under a lock is inside the lock, and its window is named", () => {
  const { why, steps } = traceOf(race, "gone");
  const label = (i: number | undefined) => (i === undefined ? undefined : steps[i]!.label);
  const conflicts = why!.conflicts.map(({ field, first, second, closes, decisive }) => ({
    field,
    labels: [label(first), label(second), label(closes)],
    decisive,
  }));
  assert.deepEqual(conflicts[0], {
    field: "mapped",
    labels: ["mapped?", "mapped = true", "present = false"],
    decisive: true,
  });
  assert.ok(conflicts.some(({ field }) => field === "present"));
});

test("two increments without a lock: the write that is overwritten matters, though it wrote the same", () => {
  const counter = world({ count: int(0, 2) });
  const increment = counter.path(
    "increment",
    { old: int(0, 2) },
    {
      "old = count": once((k, me) => {
        me.old = k.count;
      }),
      "count = old + 1": once((k, me) => {
        k.count = me.old + 1;
      }),
    },
  );
  const trace = traceOf(
    toy({
      world: counter,
      threads: { a: increment, b: increment },
      specs: [counter.atEnd("two", "count is 2", (k) => k.count === 2)],
    }),
    "two",
  );
  assert.deepEqual(trace.slice, [0, 1, 2, 3]);
  assert.equal(trace.why!.conflicts[0]!.decisive, true);
});

test("of two stores of one value by one CPU, the first is who changed the field, and has a conflict with who found it", () => {
  const entry = world({ present: bool, zapped: bool });
  const unmap = entry.path(
    "unmap",
    {},
    {
      "ptep_clear_flush()": once((k) => {
        k.present = false;
      }),
      "set_pte_at(not present)": once((k) => {
        k.present = false;
      }),
    },
  );
  const zap = entry.path(
    "zap",
    {},
    {
      "pte_present(pte)?": once((k) => (k.present ? undefined : done)),
      "zapped = true": once((k) => {
        k.zapped = true;
      }),
    },
  );
  const program = toy({
    world: entry,
    threads: { unmap, zap },
    init: (k) => {
      k.present = true;
    },
    specs: [entry.atEnd("zapped", "it is zapped", (k) => k.zapped)],
  });
  const { steps, why } = traceOf(program, "zapped");
  const label = (i: number) => steps[i]!.label;
  assert.deepEqual(
    why!.conflicts.map(({ first, second, decisive }) => ({ pair: [label(first), label(second)], decisive })),
    [{ pair: ["ptep_clear_flush()", "pte_present(pte)?"], decisive: true }],
  );
});

test("a violation that no schedule avoids has no near miss, and says so", () => {
  const lone = world({ x: int(0, 2) });
  const path = lone.path(
    "path",
    {},
    {
      "x = 1": (k) => {
        k.x = 1;
      },
    },
  );
  const trace = traceOf(
    toy({ world: lone, threads: { path }, specs: [lone.atEnd("never-1", "x is not 1", (k) => k.x !== 1)] }),
    "never-1",
  );
  assert.deepEqual(trace.why, { conflicts: [], isInevitable: true });
});

test("who took the locks that a stuck run waits for matters", () => {
  const locks = world({ a: bool, b: bool });
  const take = (first: "a" | "b", second: "a" | "b") =>
    locks.path(
      `take ${first}, ${second}`,
      {},
      {
        prepare: () => {},
        first: acquire((k) => {
          if (k[first]) return wait;
          k[first] = true;
        }),
        second: acquire((k) => {
          if (k[second]) return wait;
          k[second] = true;
        }),
        unlock: release((k) => {
          k.a = false;
          k.b = false;
        }),
      },
    );
  const trace = traceOf(toy({ world: locks, threads: { one: take("a", "b"), two: take("b", "a") } }), "not-stuck");
  assert.deepEqual(shown(trace).toSorted(), ["0 first", "1 first"]);
});

test("who has freed an object matters to who finds it freed, also where nobody looks whether it is", () => {
  const Node = struct({ value: bool });
  const heap = world({ nodes: slab(Node, 1), slot: ref(Node) });
  const remove = heap.path(
    "remove",
    {},
    {
      "kmem_cache_free(node)": free((k) => k.nodes[0]),
      "slot = NULL": once((k) => {
        k.slot = null;
      }),
    },
  );
  const read = heap.path(
    "read",
    { node: ref(Node) },
    {
      "node = slot": once((k, me) => {
        me.node = k.slot;
        if (!me.node) return "out";
      }),
      "node->value": once((_, { node }) => void node!.value),
      out: () => {},
    },
  );
  const program = toy({
    world: heap,
    threads: { remove, read },
    init(k) {
      k.slot = allocated(k.nodes[0]);
    },
  });
  assert.deepEqual(shown(traceOf(program, "use-after-free")), [
    "0 kmem_cache_free(node)",
    "1 node = slot",
    "1 node->value",
  ]);
});

test("who has released a lock matters to who finds it free, and should have held it", () => {
  const held = world({ ptl: spinlock, rss: guarded("ptl", int(0, 1)) });
  const unlocks = held.path(
    "unlocks",
    {},
    {
      "spin_lock(ptl)": acquire((k) => {
        if (k.ptl) return wait;
        k.ptl = true;
      }),
      "spin_unlock(ptl)": release((k) => {
        k.ptl = false;
      }),
      "rss++": once((k) => {
        k.rss++;
      }),
    },
  );
  assert.deepEqual(shown(traceOf(toy({ world: held, threads: { unlocks } }), "guarded")), [
    "0 spin_unlock(ptl)",
    "0 rss++",
  ]);
});
