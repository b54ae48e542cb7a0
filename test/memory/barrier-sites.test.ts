import assert from "node:assert/strict";
import { test } from "node:test";
import {
  acquire,
  bool,
  done,
  full,
  guarded,
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
import { initialStates, type Program } from "../../src/machine/program.ts";
import { sitesOf, strengtheningsOf } from "../../src/memory/barrier-sites.ts";
import { strengthened } from "../../src/memory/insert-barriers.ts";
import { DONE } from "../../src/machine/state.ts";
import { effectsOf } from "../../src/machine/step.ts";
import { toy } from "../machine/toy.ts";

const Page = struct({ locked: inWord("flags", bool), dirty: inWord("flags", bool), mapcount: int(0, 3) });
const k = world({ page: Page, ptl: spinlock, pte: guarded("ptl", bool), flag: bool, alone: bool });

const path = k.path(
  "truncate",
  {},
  {
    "trylock_page(page)": acquire(({ page }) => {
      if (page.locked) return "flag = true";
      page.locked = true;
    }),
    "page_mapped(page)?": once(({ page }) => (page.mapcount > 0 ? "unlock_page(page)" : undefined)),
    "atomic_inc(&page->_mapcount)": noreturn(({ page }) => void page.mapcount++),
    "atomic_dec_and_test(&page->_mapcount)": full(({ page }) => void page.mapcount--),
    "spin_lock(ptl)": acquire((w) => {
      if (w.ptl) return wait;
      w.ptl = true;
    }),
    "pte = true": once((w) => void (w.pte = true)),
    "spin_unlock(ptl)": release((w) => void (w.ptl = false)),
    "unlock_page(page)": release(({ page }) => void (page.locked = false)),
    "flag = true": once((w) => void (w.flag = true)),
    "alone?": once(({ alone }) => (alone ? done : undefined)),
    "flag?": once(({ flag }) => (flag ? done : undefined)),
  },
);
const program = toy({ world: k, threads: { a: path, b: path } });
const sites = sitesOf(program);
const all = strengtheningsOf(program, sites);

const strengthsOf = (label: string): string => all.flatMap((one) => (one.label === label ? [one.by] : [])).join(" ");

test("what can be made stronger of a step is what its access and its place allow", () => {
  assert.equal(strengthsOf("trylock_page(page)"), "rmb wmb after-atomic full mb");
  assert.equal(strengthsOf("page_mapped(page)?"), "acquire rmb mb");
  assert.equal(strengthsOf("atomic_inc(&page->_mapcount)"), "wmb after-atomic full");
  assert.equal(strengthsOf("atomic_dec_and_test(&page->_mapcount)"), "");
  assert.equal(strengthsOf("spin_lock(ptl)"), "after-spinlock");
  assert.equal(strengthsOf("spin_unlock(ptl)"), "mb");
  assert.equal(strengthsOf("flag = true"), "release mb");
});

test("what is no memory, or what nothing follows, has nothing to be made stronger", () => {
  assert.equal(strengthsOf("pte = true"), "");
  // Nobody writes it.
  assert.equal(strengthsOf("alone?"), "");
  assert.equal(strengthsOf("flag?"), "");
});

/** The labels of one thread's steps from a state on, as long as it takes the first that it can. */
function labels(run: Program, isLocked: boolean): readonly string[] {
  const thread = run.threads[0]!;
  const first = initialStates(run)[0]!;
  const locked = run.cells.find(({ name }) => name === "page.locked")!;
  let state = first.set("cells", first.cells.set(locked.index, isLocked));
  const taken: string[] = [];
  for (let point = state.points.get(0)!; point !== DONE; point = state.points.get(0)!) {
    taken.push(thread.points[point]!.label);
    const { outcome } = effectsOf(run, state, 0)[0]!;
    assert.equal(outcome.kind, "moved");
    if (outcome.kind === "moved") ({ state } = outcome);
  }
  return taken;
}

test("a barrier behind an atomic operation stands where it was done, and another one on every way", () => {
  const strongerBy = (by: string): Program =>
    strengthened(
      program,
      sites,
      all.filter((one) => one.label === "trylock_page(page)" && one.by === by),
    );
  const behind = "smp_mb__after_atomic() behind trylock_page(page)";
  assert.deepEqual(labels(strongerBy("after-atomic"), false).slice(0, 3), [
    "trylock_page(page)",
    behind,
    "page_mapped(page)?",
  ]);
  assert.deepEqual(labels(strongerBy("after-atomic"), true).slice(0, 2), ["trylock_page(page)", "flag = true"]);
  for (const isLocked of [true, false])
    assert.equal(labels(strongerBy("mb"), isLocked)[1], "smp_mb() behind trylock_page(page)");
});

test("a machine with everything stronger takes the same steps", () => {
  const fences = all.filter(({ by }) => by === "mb" || by.startsWith("after"));
  for (const isLocked of [true, false]) {
    const taken = labels(strengthened(program, sites, fences), isLocked);
    assert.deepEqual(
      taken.filter((label) => !label.includes(" behind ")),
      labels(program, isLocked),
    );
  }
});
