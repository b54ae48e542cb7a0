import assert from "node:assert/strict";
import { test } from "node:test";
import {
  alloc,
  allocated,
  bool,
  done,
  free,
  freeRcu,
  lock,
  once,
  rcuReadLock,
  rcuReadUnlock,
  ref,
  slab,
  spinlock,
  struct,
  symmetric,
  unlock,
  world,
} from "faultline";
import type { StateOf } from "faultline";
import type { Flow } from "../../src/model/path.ts";
import { ModelError } from "../../src/model/error.ts";
import { NO_LEAK } from "../../src/model/spec.ts";
import { toy } from "../machine/toy.ts";
import { randomNumbers } from "../random-numbers.ts";
import type { Program } from "../../src/machine/program.ts";
import { assertAgreement, searchAll } from "./agreement.ts";
import { alikeOf, assertReduced } from "./orbits.ts";
import { searched } from "./searched.ts";

/*
 * Programs of pointers to objects that are allocated and freed, as words:
 *
 *     alloc    n = a new object             free     free n            rcu-free  free n by RCU
 *     get      n = head                     put      head = n          clear     head = NULL
 *     keep     o = n                        link     n->next = o       follow    n = n->next
 *     read     look at n->v                 lock     take n->lock      unlock    release it
 *     (        rcu_read_lock()              )        rcu_read_unlock()
 *     null?    the thread ends if n is NULL     same?  back to the first step if n is o
 */
const OBJECTS = 3;
const Node = struct({ next: ref(() => Node), v: bool, l: spinlock });
const w = world({ nodes: slab(Node, OBJECTS), head: ref(Node) });
type K = StateOf<typeof w>;
interface Me {
  n: K["nodes"][number] | null;
  o: K["nodes"][number] | null;
}

const stepOf = (word: string, first: string): unknown =>
  ({
    alloc: alloc((k: K) => k.nodes).then((_, me: Me, node) => void (me.n = node)),
    free: free((_: K, me: Me) => me.n),
    "rcu-free": freeRcu((_: K, me: Me) => me.n),
    get: once((k: K, me: Me) => void (me.n = k.head)),
    put: once((k: K, me: Me) => void (k.head = me.n)),
    clear: once((k: K) => void (k.head = null)),
    keep: once((_: K, me: Me) => void (me.o = me.n)),
    link: once((_: K, me: Me) => void (me.n!.next = me.o)),
    follow: once((_: K, me: Me) => void (me.n = me.n!.next)),
    read: once((_: K, me: Me) => void me.n!.v),
    lock: lock((_: K, me: Me) => me.n!.l),
    unlock: unlock((_: K, me: Me) => me.n!.l),
    "(": rcuReadLock,
    ")": rcuReadUnlock,
    "null?": once((_: K, me: Me): Flow => (me.n === null ? done : undefined)),
    "same?": once((_: K, me: Me): Flow => (me.n === me.o ? first : undefined)),
  })[word];

const pathOf = (words: readonly string[]) => {
  const labels = words.map((word, i) => `${i}: ${word}`);
  const steps = words.map((word, i) => [labels[i], stepOf(word, labels[0]!)]);
  return w.path("p", { n: ref(Node), o: ref(Node) }, Object.fromEntries(steps) as { step: () => void });
};

type Pointer = number | null;

/** The same once more, by hand. Every object that is free can be allocated, whether anybody has had it or not. */
interface Naive {
  head: Pointer;
  objects: { life: "free" | "live" | "grace"; next: Pointer; lockedBy: number | null; readers: readonly number[] }[];
  threads: { at: number; n: Pointer; o: Pointer; depth: number; held: readonly number[] }[];
}

/** A check that fails, or what follows; nothing for a thread that waits. */
function naiveSteps(words: readonly string[], state: Naive, t: number): readonly (string | Naive)[] {
  const s = structuredClone(state);
  const me = s.threads[t]!;
  const word = words[me.at]!;
  const { objects } = s;
  const end = (): readonly (string | Naive)[] => [me.at === words.length && me.held.length > 0 ? "locking" : s];
  const use = (then: (object: Naive["objects"][number], n: number) => void): readonly (string | Naive)[] => {
    if (me.n === null) return ["no-oops"];
    if (objects[me.n]!.life === "free") return ["use-after-free"];
    then(objects[me.n]!, me.n);
    return end();
  };
  me.at++;
  switch (word) {
    case "alloc": {
      const all = [...objects.keys()].filter((i) => objects[i]!.life === "free");
      if (all.length === 0) return ["in-range"];
      if (end()[0] === "locking") return end();
      return all.map((i) => {
        const other = structuredClone(s);
        other.objects[i]!.life = "live";
        other.threads[t]!.n = i;
        return other;
      });
    }
    case "free":
    case "rcu-free": {
      if (me.n === null) return end();
      const object = objects[me.n]!;
      if (object.life !== "live") return ["double-free"];
      const readers = word === "free" ? [] : [...s.threads.keys()].filter((q) => s.threads[q]!.depth > 0);
      Object.assign(object, { life: readers.length > 0 ? "grace" : "free", readers });
      return end();
    }
    case "get":
      me.n = s.head;
      return end();
    case "put":
      s.head = me.n;
      return end();
    case "clear":
      s.head = null;
      return end();
    case "keep":
      me.o = me.n;
      return end();
    case "link":
      return use((object) => void (object.next = me.o));
    case "follow":
      return use((object) => void (me.n = object.next));
    case "read":
      return use(() => {});
    case "lock":
      if (me.n !== null && me.held.includes(me.n)) return ["locking"];
      if (me.n !== null && objects[me.n]!.life !== "free" && objects[me.n]!.lockedBy !== null) return [];
      return use((object, n) => {
        object.lockedBy = t;
        me.held = [...me.held, n];
      });
    case "unlock":
      if (me.n !== null && !me.held.includes(me.n)) return ["locking"];
      return use((object, n) => {
        object.lockedBy = null;
        me.held = me.held.filter((one) => one !== n);
      });
    case "(":
      me.depth++;
      return me.depth > 3 ? ["in-range"] : end();
    case ")":
      me.depth--;
      if (me.depth < 0) return ["in-range"];
      if (me.depth === 0)
        for (const object of objects) {
          if (object.life !== "grace") continue;
          object.readers = object.readers.filter((q) => q !== t);
          if (object.readers.length === 0) object.life = "free";
        }
      return end();
    case "null?":
      if (me.n === null) me.at = words.length;
      return end();
    default:
      if (me.n === me.o) me.at = 0;
      return end();
  }
}

/** Whether some object is allocated that no way from `head` leads to, over allocated ones. */
function leaks({ head, objects }: Naive): boolean {
  const found = new Set<number>();
  for (let at = head; at !== null && objects[at]!.life === "live" && !found.has(at); at = objects[at]!.next)
    found.add(at);
  return objects.some(({ life }, i) => life === "live" && !found.has(i));
}

/** By check: after how many steps it can fail; nothing if there are too many states. */
function naiveFound(threads: readonly (readonly string[])[]): ReadonlyMap<string, number> | undefined {
  const found = new Map<string, number>();
  const note = (check: string, depth: number): void => void (found.has(check) || found.set(check, depth));
  const start: Naive = {
    head: 0,
    objects: Array.from({ length: OBJECTS }, (_, i) => ({
      life: i < 2 ? "live" : "free",
      next: i === 0 ? 1 : null,
      lockedBy: null,
      readers: [],
    })),
    threads: threads.map(() => ({ at: 0, n: null, o: null, depth: 0, held: [] })),
  };
  let level = [start];
  const seen = new Set([JSON.stringify(start)]);
  for (let depth = 0; level.length > 0; depth++) {
    if (seen.size > 4000) return undefined;
    const next: Naive[] = [];
    for (const state of level) {
      const after = threads.flatMap((words, t) =>
        state.threads[t]!.at < words.length ? naiveSteps(words, state, t) : [],
      );
      const isDone = threads.every((words, t) => state.threads[t]!.at === words.length);
      if (isDone && leaks(state)) note(NO_LEAK, depth);
      if (!isDone && after.length === 0) note("not-stuck", depth);
      for (const one of after) {
        if (typeof one === "string") note(one, depth + 1);
        else if (!seen.has(JSON.stringify(one))) {
          seen.add(JSON.stringify(one));
          next.push(one);
        }
      }
    }
    level = next;
  }
  return found;
}

const SECTIONS = [
  ["alloc", "put"],
  ["alloc", "put", "get", "free"],
  ["alloc", "keep", "alloc", "link", "put"],
  ["get", "null?", "clear", "free"],
  ["get", "clear", "rcu-free"],
  ["(", "get", "read", ")"],
  ["(", "get", "null?", "follow", ")"],
  ["(", "get", ")", "read"],
  ["(", "get", "rcu-free", "read", ")"],
  ["get", "null?", "lock", "read", "unlock"],
  ["get", "null?", "lock", "clear", "unlock", "rcu-free"],
  ["get", "null?", "lock", "follow", "null?", "lock", "unlock"],
  ["get", "null?", "follow", "null?", "lock", "get", "lock"],
  ["get", "keep", "get", "same?", "free"],
];
/** Two that take the locks of two objects in both orders. */
const CROSSED = [
  ["get", "lock", "follow", "lock", "unlock"],
  ["get", "follow", "lock", "get", "lock", "unlock"],
];
const WORDS = [...new Set([...SECTIONS.flat(), "put", "link"])];

const RUNS = Number(process.env["FAULTLINE_RUNS"] ?? 40);

async function assertAlikeUnderLkmm(program: Program, text: string): Promise<void> {
  const whole = await searched(program, { memory: "lkmm", symmetry: false, maxStates: 3000 });
  if (whole.cut !== undefined) return;
  const found = await searched(program, { memory: "lkmm" });
  const lengths = ({ found: all }: typeof whole) => [...all].map(([name, { moves }]) => `${name} in ${moves.length}`);
  assert.deepEqual(lengths(found).toSorted(), lengths(whole).toSorted(), text);
}

test("on random programs of pointers to objects, all engines find what a search by hand finds, as early", async () => {
  const next = randomNumbers(51);
  const pick = <T>(all: readonly T[]): T => all[next(all.length)]!;
  const found = new Map<string, number>();
  let asked = 0;
  let reduced = 0;
  for (let run = 0; run < RUNS; run++) {
    const isSymmetric = run % 3 === 0;
    const random = (): readonly string[] =>
      Array.from({ length: 1 + next(3) }, () => (next(4) === 0 ? [pick(WORDS)] : pick(SECTIONS))).flat();
    const threads = run === 1 ? CROSSED : Array.from({ length: isSymmetric ? 1 : 1 + next(2) }, random);
    const all = isSymmetric ? [threads[0]!, threads[0]!] : threads;
    const expected = naiveFound(all);
    if (!expected) continue;
    const text = all.map((words) => words.join(" ")).join(" || ");
    const paths = isSymmetric
      ? { t: symmetric(2, () => pathOf(threads[0]!)) }
      : Object.fromEntries(threads.map((words, t) => [`t${t}`, pathOf(words)]));
    const program = toy({
      world: w,
      threads: paths,
      init(k) {
        allocated(k.nodes[0]!);
        allocated(k.nodes[1]!);
        k.head = k.nodes[0]!;
        k.head.next = k.nodes[1]!;
      },
    });
    const said = ({ found: all }: { readonly found: ReadonlyMap<string, { readonly moves: readonly unknown[] }> }) =>
      new Map([...all].filter(([name]) => name !== "never-finishes").map(([name, { moves }]) => [name, moves.length]));
    const agreed = await assertAgreement(program);
    if (agreed instanceof ModelError) throw agreed;
    assert.deepEqual(said(agreed), expected, text);
    for (const limits of [{ size: { statesPerShard: 1, slots: 2 ** 10 } }, { symmetry: true }])
      assert.deepEqual(said(await searchAll(program, limits)), expected, text);
    if (alikeOf(program).labels && agreed.states < 600) {
      reduced++;
      await assertReduced(program);
      if (run % 4 === 0 && agreed.states < 300) await assertAlikeUnderLkmm(program, text);
    }
    asked++;
    for (const name of expected.keys()) found.set(name, (found.get(name) ?? 0) + 1);
  }
  assert.ok(asked > RUNS / 2, `${asked}`);
  assert.ok(reduced >= RUNS / 10, `${reduced}`);
  for (const check of ["no-oops", "in-range", "use-after-free", "double-free", "locking", "not-stuck", NO_LEAK])
    assert.ok((found.get(check) ?? 0) >= 1, `${check}: ${[...found].join("; ")}`);
});
