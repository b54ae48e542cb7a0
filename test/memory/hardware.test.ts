import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bool,
  bugOn,
  choose,
  done,
  ghost,
  hardware,
  int,
  ipiAll,
  once,
  oneOf,
  spinlock,
  wait,
  world,
  type StateOf,
} from "faultline";
import type { Program } from "../../src/machine/program.ts";
import { tsoProgram } from "../../src/memory/tso/program.ts";
import { Lkmm } from "../../src/memory/lkmm/lkmm.ts";
import { searchLkmm } from "../../src/memory/lkmm/search.ts";
import { endOf, exploreAll } from "../explore-all.ts";
import { modelError, toy } from "../machine/toy.ts";

/** A PTE, the TLB entry of the CPU that uses it, and the page behind it, which is free after a flush. */
const w = world({
  present: bool,
  entry: hardware(bool),
  lock: spinlock,
  free: ghost(bool),
  x: int(0, 1),
  y: int(0, 1),
  sawX: ghost(bool),
  sawY: ghost(bool),
  isAsked: ghost(bool),
});

const user = w.path(
  "user",
  {},
  {
    "TLB miss: walk": once((k) => {
      if (!k.present) return done;
      k.entry = true;
    }),
    "load through the entry": once((k) => {
      if (k.entry) bugOn(k.free, "the page is free");
    }),
  },
);

const unmap = (flushes: boolean) =>
  w.path(
    "unmap",
    {},
    {
      "pte_clear()": once((k) => void (k.present = false)),
      "flush_tlb()": flushes && ((k) => void (k.entry = false)),
      "free the page": (k) => void (k.free = true),
    },
  );

const racing = (flushes: boolean) =>
  toy({ world: w, threads: { user, unmap: unmap(flushes) }, init: (k) => void (k.present = true) });

/** Store buffering, with a flush between one thread's store and its load; `given` says whether it is made, when the step runs. */
const storeBuffering = (given: boolean | "if asked", isAsked = false) => {
  const flushes =
    given === "if asked"
      ? (k: StateOf<typeof w>): void => {
          if (k.isAsked) k.entry = false;
        }
      : given && ((k: StateOf<typeof w>): void => void (k.entry = false));
  return toy({
    world: w,
    threads: {
      one: w.path(
        "one",
        {},
        {
          "x = 1": once((k) => void (k.x = 1)),
          "flush_tlb()": flushes,
          y: once((k) => void (k.sawY = k.y === 1)),
        },
      ),
      two: w.path(
        "two",
        {},
        {
          "y = 1": once((k) => void (k.y = 1)),
          "flush_tlb()": flushes,
          x: once((k) => void (k.sawX = k.x === 1)),
        },
      ),
    },
    init: (k) => {
      k.entry = true;
      k.isAsked = isAsked;
    },
    specs: [w.atEnd("one-sees", "one sees the other", ({ sawX, sawY }) => sawX || sawY)],
  });
};

const violatesUnderLkmm = (program: Program, spec: string): boolean =>
  endOf(searchLkmm(new Lkmm(program))).found.has(spec);

test("a TLB entry outlives its PTE until it is flushed, on x86 and under LKMM as under sc", () => {
  for (const flushes of [true, false]) {
    for (const program of [racing(flushes), tsoProgram(racing(flushes))])
      assert.equal(exploreAll(program).found.has("no-bug"), !flushes);
    assert.equal(violatesUnderLkmm(racing(flushes), "no-bug"), !flushes);
  }
});

test("a flush is a full barrier, and no access", () => {
  assert.deepEqual(
    [true, false].map((flushes) => exploreAll(tsoProgram(storeBuffering(flushes))).found.has("one-sees")),
    [false, true],
  );
  for (const flushes of [true, false]) assert.equal(violatesUnderLkmm(storeBuffering(flushes), "one-sees"), !flushes);
});

test("a flush that is not made orders nothing", () => {
  for (const isAsked of [true, false]) {
    const program = storeBuffering("if asked", isAsked);
    assert.equal(exploreAll(tsoProgram(program)).found.has("one-sees"), !isAsked);
    assert.equal(violatesUnderLkmm(program, "one-sees"), !isAsked);
  }
});

test("under tso a flush that is made by choice is chosen once, and waits for what its CPU has stored", () => {
  const chosen = world({
    x: int(0, 1),
    y: int(0, 1),
    entry: hardware(bool),
    made: ghost(int(0, 2)),
    seen: ghost(bool),
  });
  const thread = (mine: "x" | "y", other: "x" | "y") =>
    chosen.path(
      mine,
      {},
      {
        store: once((k) => void (k[mine] = 1)),
        "flush_tlb()": (k) => {
          if (!choose(false, true)) return;
          k.entry = false;
          k.made++;
        },
        load: once((k) => void (k.seen ||= k[other] === 1)),
      },
    );
  const program = toy({
    world: chosen,
    threads: { one: thread("x", "y"), two: thread("y", "x") },
    init: (k) => void (k.entry = true),
    specs: [chosen.atEnd("one-sees", "of two that flush, one sees the other", ({ made, seen }) => made < 2 || seen)],
  });
  assert.ok(!exploreAll(tsoProgram(program)).found.has("one-sees"));
});

test("the handler of an IPI is no walk of the MMU's: it sees what its CPU has stored, or is refused under lkmm", () => {
  const cpu = world({ loaded: oneOf("other", "mm"), cr3: hardware(oneOf("own", "global")), entry: hardware(bool) });
  const program = (handler: (k: StateOf<typeof cpu>) => void) =>
    toy({
      world: cpu,
      threads: {
        user: cpu.path("user", {}, { "loaded = mm": once((k) => void (k.loaded = "mm")) }),
        flush: cpu.path("flush", {}, { "smp_call_function()": ipiAll(handler, "full") }),
      },
    });
  const { message, explanation } = modelError(
    () =>
      new Lkmm(
        program((k) => {
          if (k.loaded === "mm") k.cr3 = "global";
        }),
      ),
  );
  assert.match(message, /^step 'smp_call_function\(\): handler' .* is no page-table walk$/);
  assert.match(explanation.cause!, /it uses loaded together with cr3;/);
  assert.match(explanation.remedy!, /^make hardware\(\.\.\.\) of what the CPU of the handler alone uses/);
  const ofItsOwn = new Lkmm(
    program((k) => {
      if (k.cr3 === "own") k.cr3 = "global";
    }),
  );
  assert.equal(endOf(searchLkmm(ofItsOwn)).found.size, 0);
});

test("a step that changes memory and drops an entry is refused under lkmm: it is a store and a flush", () => {
  const refusal = (run: (k: StateOf<typeof w>) => unknown) =>
    modelError(
      () =>
        new Lkmm(
          toy({
            world: w,
            threads: { user, unmap: w.path("clear", {}, { "clear and flush": run as () => void }), zap: unmap(false) },
          }),
        ),
    );
  const { message, explanation } = refusal((k) => void (k.present = k.entry = false));
  assert.equal(
    message,
    "step 'clear and flush' of path 'clear' changes what the hardware keeps, and is no page-table walk",
  );
  assert.match(explanation.cause!, /it uses present together with entry;/);
  assert.equal(explanation.remedy, "make the CPU's access and the flush a step each");
  refusal((k) => {
    if (k.present) k.present = k.entry = false;
  });
  refusal((k) => {
    if (k.present) k.entry = false;
  });
  refusal((k) => {
    if (k.lock) return wait;
    k.lock = k.entry = true;
  });
});
