import assert from "node:assert/strict";
import { test } from "node:test";
import {
  array,
  atomic,
  bool,
  call,
  compose,
  extend,
  full,
  guarded,
  int,
  lock,
  once,
  oneOf,
  pointer,
  ref,
  spinlock,
  struct,
  unlock,
  world,
} from "faultline";
import type { StateOf } from "faultline";
import { MEMORY_MODELS } from "../../src/model/memory.ts";
import { outcomesOf } from "../../src/search/outcomes.ts";
import { check, modelError, specOf, toy } from "../machine/toy.ts";
import { assertAgreement } from "../search/agreement.ts";

// What stands below `@ts-expect-error` is a mistake that the compiler must find.

const Page = struct("Page", { locked: bool, refcount: int(0, 3) });
const Pte = struct("Pte", { page: ref(Page) });
const base = world({ pages: array(2, Page), slot: ref(Page), first: pointer(Page), pte: Pte, seen: int(0, 2) });
const getPage = base.path(
  "get_page",
  { page: ref(Page) },
  {
    "page = slot": once((k, me) => void (me.page = k.slot)),
    "page->refcount++": full((k, { page }) => void (page ?? k.first).refcount++),
  },
);
const counted = base.sometimes("counted", "a reference is counted", ({ pages }) => pages[1].refcount > 0);

const swap = extend(base, {
  swapEntries: int(0, 2),
  within: { Page: { onSwap: bool, next: ref(Page) }, Pte: { uffdWp: bool } },
});
type Swap = StateOf<typeof swap>;
const swapOut = swap.path(
  "swap_out",
  { page: ref(Page) },
  {
    "page = slot": once((k, me) => void (me.page = k.slot)),
    "get_page(page)": call(getPage),
    "page->onSwap = true": once((_, { page }) => {
      if (page) page.onSwap = true;
    }),
    "pte.uffdWp = true": once((k) => void (k.pte.uffdWp = true)),
    "page->next = first": once((k, { page }) => void (page!.next = k.first)),
    "swapEntries++": full((k) => void k.swapEntries++),
  },
);
const marked = swap.sometimes("marked", "a page is marked", (k) => k.slot!.onSwap && k.slot!.next !== null);

test("paths and specs of a world run in one that extends it, beside and within those of the extension", async () => {
  const program = toy({
    world: swap,
    threads: { get: getPage, out: swapOut },
    init: (k) => void (k.slot = k.pages[1]),
    specs: [counted, marked],
  });
  assert.deepEqual(
    program.cells.filter(({ isLocal }) => !isLocal).map(({ name }) => name),
    [
      "pages[0].locked",
      "pages[0].refcount",
      "pages[0].onSwap",
      "pages[0].next",
      "pages[1].locked",
      "pages[1].refcount",
      "pages[1].onSwap",
      "pages[1].next",
      "slot",
      "first",
      "pte.page",
      "pte.uffdWp",
      "seen",
      "swapEntries",
    ],
  );
  await assertAgreement(program);
  const result = check(program);
  assert.equal(specOf(result, "counted").verdict, "holds");
  assert.equal(specOf(result, "marked").verdict, "holds");
});

test("the types of an extension have its fields, wherever a struct is reached", () => {
  const steps = (k: Swap): unknown => [
    k.slot?.onSwap,
    k.first.next?.next?.onSwap,
    k.pages[0].onSwap,
    k.pte.page?.onSwap,
    k.pte.uffdWp,
    k.pages[1].locked,
    k.swapEntries,
    // @ts-expect-error the base world's page has no such field
    (k as StateOf<typeof base>).slot?.onSwap,
    // @ts-expect-error nor has the extended one
    k.slot?.onSwp,
    // @ts-expect-error a pte is no page
    k.pte.onSwap,
    // @ts-expect-error a pointer to the wrong struct
    (k.pte.page = k.pte),
    // @ts-expect-error a ref may be NULL
    k.slot.onSwap,
  ];
  assert.equal(steps.length, 1);
  // @ts-expect-error a path of the base cannot use what the extension adds
  base.path("wrong", {}, { step: (k) => void (k.slot!.onSwap = true) });
  // @ts-expect-error in a path of the extension, locals point at the grown struct; it has no such field
  swap.path("wrong", { page: ref(Page) }, { step: (_, me) => void (me.page!.onSwp = true) });
});

test("an extension can be extended, and structs of the extension grow, too", () => {
  const Slot = struct("Slot", { used: bool });
  const one = extend(base, { slots: array(2, Slot), within: { Page: { swap: ref(Slot) } } });
  const two = extend(one, { within: { Slot: { count: int(0, 3) }, Page: { cache: pointer(Slot) } } });
  const path = two.path(
    "use",
    {},
    {
      count: atomic("a test", (k) => void (k.pages[0].cache.count += k.pages[0].swap === null ? 2 : 1)),
    },
  );
  const spec = two.atEnd("is-two", "it is two", (k) => k.slots[0].count === 2 || `it is ${k.slots[0].count}`);
  const result = check(toy({ world: two, threads: { path, getPage }, specs: [spec] }));
  assert.equal(specOf(result, "is-two").verdict, "holds");
});

test("two extensions of one world are put together, and what they have grown from is there once", async () => {
  const dirty = extend(base, { dirtied: int(0, 1), within: { Page: { dirty: bool } } });
  const all = compose(swap, dirty);
  const dirtyPage = dirty.path("dirty", {}, { step: once((k) => void (k.first.dirty = true)) });
  const both = all.sometimes("both", "both", (k) => k.pages[0].dirty && k.pages[1].onSwap && k.pte.uffdWp);
  const program = toy({
    world: all,
    threads: { dirtyPage, swapOut, getPage },
    init: (k) => void (k.slot = k.pages[1]),
    specs: [both, marked, counted],
  });
  assert.equal(program.cells.filter(({ name }) => name === "pages[0].locked").length, 1);
  assert.equal(specOf(check(program), "both").verdict, "holds");
  await assertAgreement(program);
});

test("a world is put together from parts that know nothing of each other", () => {
  const Lock = struct("Lock", { held: bool });
  const locks = world({ lock: Lock });
  const all = compose(base, locks);
  const take = locks.path("take", {}, { lock: once((k) => void (k.lock.held = true)) });
  const found = all.sometimes("found", "both", (k) => k.lock.held && k.pages[0].refcount === 1);
  assert.equal(
    specOf(check(toy({ world: all, threads: { take, getPage }, specs: [found] })), "found").verdict,
    "holds",
  );
});

test("what has been extended runs alike under every memory model", async () => {
  const program = toy({
    world: swap,
    threads: { get: getPage, out: swapOut },
    init: (k) => void (k.slot = k.pages[1]),
  });
  for (const memory of MEMORY_MODELS) {
    const { values } = await outcomesOf(program, swap, memory, (k) =>
      [k.pages[1].refcount, k.pages[1].onSwap, k.pages[1].next === k.pages[0], k.pte.uffdWp, k.swapEntries].join(),
    );
    assert.deepEqual(values, ["2,true,true,true,1"], memory);
  }
});

test("what an extension must not be is said", () => {
  const said = (body: () => unknown): string => {
    const { message, explanation } = modelError(body);
    return [message, explanation.cause, explanation.remedy].filter(Boolean).join("\n");
  };
  assert.match(
    said(() => extend(base, { slot: bool })),
    /the world has a field 'slot' already/,
  );
  assert.match(
    said(() => extend(base, { within: { Page: { locked: bool } } })),
    /struct 'Page' has a field 'locked' already/,
  );
  assert.match(
    said(() => extend(base, { within: { Pgae: { x: bool } } })),
    /no struct 'Pgae'; did you mean 'Page'\?/,
  );
  assert.match(
    said(() => extend(base, { within: { Page: 5 as never } })),
    /'Page' has no fields|no fields/,
  );
  assert.match(
    said(() => extend(base, { within: 5 as never })),
    /within/,
  );
  assert.match(
    said(() => extend({} as never, {})),
    /no world/,
  );
  assert.match(
    said(() => extend(base, 5 as never)),
    /no fields/,
  );
  assert.match(
    said(() => extend(base, { x: 5 as never })),
    /'x' is not a field/,
  );
  assert.match(
    said(() => compose(base, world({ slot: bool }))),
    /the world has a field 'slot' already/,
  );
  assert.match(
    said(() =>
      compose(extend(base, { within: { Page: { x: bool } } }), extend(base, { within: { Page: { x: bool } } })),
    ),
    /struct 'Page' has a field 'x' already/,
  );
  assert.match(
    said(() => extend(base, { within: { Pte: { pages: array(2, Page) }, Page: { pte: Pte } } })),
    /struct 'Page' would contain itself, as 'pages\[0\]\.pte\.pages\[0\]'[^]*point at/,
  );
  const Other = struct("Page", { x: bool });
  assert.match(
    said(() => world({ page: Page, other: Other })),
    /two structs are called 'Page'/,
  );
  assert.match(
    said(() => struct("a b", { x: bool })),
    /cannot be called/,
  );
  const anonymous = world({ page: struct({ x: bool }), state: oneOf("a", "b") });
  assert.match(
    said(() => extend(anonymous, { within: { Page: { y: bool } } })),
    /struct\("Page", \{ \.\.\. \}\)/,
  );
});

test("a path of the extension, or of another world, does not run in the base", () => {
  assert.match(
    // @ts-expect-error it does not compile either
    modelError(() => toy({ world: base, threads: { out: swapOut }, specs: [marked] })).message,
    /runs path 'swap_out' of another world/,
  );
  const caller = base.path("caller", {}, { "swap_out()": call(swapOut) });
  const error = modelError(() => toy({ world: base, threads: { caller } }));
  assert.match(error.message, /path 'swap_out' was written over another world/);
  assert.match(error.explanation.remedy!, /extend/);
});

test("a field that an extension adds may be guarded by a lock of the same extension, wherever each of them is", () => {
  const Inner = struct("Inner", { plain: bool });
  const small = world({ outer: struct("Outer", { inner: Inner }), all: array(2, Inner) });
  const grown = extend(small, {
    within: { Inner: { count: guarded("lru", int(0, 2)), flag: guarded("own", bool) }, Outer: { own: spinlock } },
    lru: spinlock,
    own: bool,
  });
  const count = (isLocked: boolean) =>
    grown.path("count", {
      "spin_lock(&lru)": isLocked && lock((k) => k.lru),
      "count++": once((k) => void k.outer.inner.count++),
      "spin_unlock(&lru)": isLocked && unlock((k) => k.lru),
    });
  const flag = grown.path("flag", {
    "spin_lock(&outer.own)": lock((k) => k.outer.own),
    "flag = true": once((k) => void (k.outer.inner.flag = true)),
    "spin_unlock(&outer.own)": unlock((k) => k.outer.own),
  });
  const verdict = (threads: Parameters<typeof toy>[0]["threads"]): string =>
    specOf(check(toy({ world: grown, threads })), "guarded").verdict;
  assert.equal(verdict({ a: count(true), b: count(true), flag }), "holds");
  assert.equal(verdict({ a: count(true), b: count(false) }), "violated");
  // In the array nothing is nearer than the world's bool.
  const bare = grown.path("bare", { "flag = true": once((k) => void (k.all[1].flag = true)) });
  assert.equal(verdict({ bare }), "violated");
  assert.match(
    modelError(() => extend(small, { a: guarded("b", bool), b: guarded("a", bool) })).message,
    /'b' is guarded by 'a', which is no lock/,
  );
});
