import { acquire, array, atomic, bool, bugOn, call, choose, int, once, release } from "faultline";
import { scenario, struct, wait, world } from "faultline";

const locks = world({ folios: array(2, struct({ locked: bool })), migrating: bool });

const lockBoth = (name: string, first: 0 | 1, second: 0 | 1) => {
  const folioLock = (i: 0 | 1) =>
    locks.path(
      `folio_lock(${"ab"[i]})`,
      {},
      {
        "folio_trylock() or sleep": acquire((k) => {
          if (k.folios[i].locked) return wait;
          k.folios[i].locked = true;
        }),
      },
    );
  return locks.path(
    name,
    {},
    {
      "folio_lock(first)": call(folioLock(first)),
      "folio_lock(second)": call(folioLock(second)),
      "folio_unlock(second)": release((k) => {
        k.folios[second].locked = false;
      }),
      "folio_unlock(first)": release((k) => {
        k.folios[first].locked = false;
      }),
    },
  );
};

/** Two locks taken in opposite order: stuck after a step of each thread. */
export const abba = scenario("abba", {
  about: "two folio locks taken in opposite order",
  world: locks,
  params: {},
  threads: () => ({ dedupe: lockBoth("vfs_dedupe_file_range", 0, 1), migrate: lockBoth("migrate_pages_batch", 1, 0) }),
  specs: [],
});

const counted = world({ page: struct({ refcount: int(0, 2), mapped: bool }), writable: bool });

/** A BUG_ON after a branch, and labels that a DOT file has to quote. */
export const bugOnUnmap = scenario("bug-on-unmap", {
  about: "a page is freed while it is mapped",
  world: counted,
  params: {},
  threads: () => ({
    user: counted.path(
      "handle_mm_fault",
      { write: bool },
      {
        "write access?": (_, me) => {
          me.write = choose(false, true);
        },
        'pte = mk_pte("a\\b" & ~0 | {<x>}, p->q)': once((k, me) => {
          k.page.mapped = true;
          k.writable = me.write;
        }),
      },
    ),
    free: counted.path(
      "free_unref_page",
      {},
      {
        "put_page_testzero(page)": (k) => {
          if (k.page.refcount > 0) k.page.refcount--;
        },
        "VM_BUG_ON_PAGE(page_mapped(page), page)": (k) => {
          bugOn(k.writable, "VM_BUG_ON_PAGE(page_mapped(page), page)");
        },
      },
    ),
  }),
  init(k) {
    k.page.refcount = choose(1, 2);
  },
  specs: [],
});

const counter = world({ lock: bool, count: int(0, 5), flags: array(5, bool) });

const addOne = (i: number, count: number) =>
  counter.path(
    `add_one_on_${i}`,
    { old: int(0, 5) },
    {
      "spin_lock(&lock)": acquire((k) => {
        if (k.lock) return wait;
        k.lock = true;
      }),
      "old = count": (k, me) => {
        me.old = k.count;
      },
      "count = old + 1": (k, { old }) => {
        k.count = old + 1;
      },
      "flags[i] = !flags[next]": atomic("under the lock", (k) => {
        k.flags[i] = !k.flags[(i + 1) % count];
      }),
      "spin_unlock(&lock)": release((k) => {
        k.lock = false;
      }),
    },
  );

/** A lock handed on among up to five threads: many arrows, and more columns than fit side by side. */
export const handOn = scenario("hand-on", {
  about: "threads count under a lock",
  world: counter,
  params: { count: int(2, 5) },
  threads: ({ count }) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`cpu${i}`, addOne(i, count)])),
  specs: [counter.atEnd("nobody-counts", "the count is 0", (k) => k.count === 0 || `the count is ${k.count}`)],
});

const turns = world({ turn: int(0, 6), a: int(0, 6), b: int(0, 6) });

const side = (i: number) =>
  turns.path(
    ["ping", "pong"][i]!,
    {},
    {
      "wait_event(turn)": (k) => {
        if (k.turn % 2 !== i) return wait;
      },
      "a++, b++": atomic("both under the page lock", (k) => {
        k.a++;
        k.b++;
      }),
      "turn++": (k) => {
        k.turn++;
        return "wait_event(turn)";
      },
    },
  );

/** Two threads in turns, with arrows to and fro. */
export const pingPong = scenario("ping-pong", {
  about: "two threads take turns",
  world: turns,
  params: {},
  threads: () => ({ left: side(0), right: side(1) }),
  specs: [
    turns.always("few-turns", "there are fewer than six turns", (k) => k.turn < 6 || `turn is ${k.turn}`),
    turns.always("starts-high", "turn is never 0 \u2014 not even at first", (k) => k.turn > 0),
  ],
});
