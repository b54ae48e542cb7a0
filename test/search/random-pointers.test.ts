import assert from "node:assert/strict";
import { test } from "node:test";
import {
  acquire,
  array,
  bool,
  done,
  full,
  lock,
  once,
  pointer,
  ref,
  release,
  spinlock,
  struct,
  symmetric,
  unlock,
  wait,
  world,
  type Path,
} from "faultline";
import type { StateOf } from "faultline";
import type { Flow } from "../../src/model/path.ts";
import type { Program } from "../../src/machine/program.ts";
import { tsoProgram } from "../../src/memory/tso/program.ts";
import { breaksRule } from "../../src/model/error.ts";
import { toy } from "../machine/toy.ts";
import { randomNumbers } from "../random-numbers.ts";
import { searched } from "./searched.ts";
import { alikeOf, assertReduced } from "./orbits.ts";
import { bothWays } from "./reducing.ts";
import { searchAll } from "./agreement.ts";

/*
 * Programs of threads that have a node each, and may point at those of others, as words:
 *
 *     own      n = my node              get      n = head                put      head = my node
 *     xchg     n = xchg(head, my node)  link     my node->next = n       follow   n = n->next
 *     set      n->v = 1                 set-own  my node->v = 1          clear    my node->v = 0
 *     wait     until my node->v         poll     until head is n         lock     take n->lock
 *     unlock   release it               null?    the thread ends if n is NULL
 *     mine?    it ends if n is my node  reset    head = NULL             last     last = my node
 *     from     n = last
 */
const Node = struct({ next: ref(() => Node), v: bool, l: spinlock });
const w = world({ nodes: array(3, Node), head: ref(Node), last: pointer(Node) });
type K = StateOf<typeof w>;
interface Me {
  n: K["nodes"][number] | null;
}

const stepOf = (word: string, i: number): unknown =>
  ({
    own: once((k: K, me: Me) => void (me.n = k.nodes[i]!)),
    get: acquire((k: K, me: Me) => void (me.n = k.head)),
    put: release((k: K) => void (k.head = k.nodes[i]!)),
    reset: once((k: K) => void (k.head = null)),
    xchg: full((k: K, me: Me) => {
      me.n = k.head;
      k.head = k.nodes[i]!;
    }),
    last: once((k: K) => void (k.last = k.nodes[i]!)),
    from: once((k: K, me: Me) => void (me.n = k.last)),
    link: once((k: K, me: Me) => void (k.nodes[i]!.next = me.n)),
    follow: once((_: K, me: Me) => void (me.n = me.n!.next)),
    set: once((_: K, me: Me) => void (me.n!.v = true)),
    "set-own": once((k: K) => void (k.nodes[i]!.v = true)),
    clear: release((k: K) => void (k.nodes[i]!.v = false)),
    wait: acquire((k: K): Flow => (k.nodes[i]!.v ? undefined : wait)),
    poll: once((k: K, me: Me): Flow => (k.head === me.n ? undefined : wait)),
    lock: lock((_: K, me: Me) => me.n!.l),
    unlock: unlock((_: K, me: Me) => me.n!.l),
    "null?": once((_: K, me: Me): Flow => (me.n === null ? done : undefined)),
    "mine?": once((k: K, me: Me): Flow => (me.n === k.nodes[i]! ? done : undefined)),
  })[word];

const pathOf = (words: readonly string[], i: number): Path =>
  w.path(
    "p",
    { n: ref(Node) },
    Object.fromEntries(words.map((word, at) => [`${at}: ${word}`, stepOf(word, i)])) as { step: () => void },
  );

const SECTIONS = [
  ["xchg", "null?", "link"],
  ["get", "null?", "set"],
  ["get", "null?", "follow", "null?", "set"],
  ["own", "lock", "clear", "unlock"],
  ["get", "null?", "lock", "set", "unlock"],
  ["get", "mine?", "null?", "set"],
  ["put"],
  ["last", "from", "set"],
  ["from", "mine?", "link"],
  ["set-own", "wait"],
  ["get", "poll"],
  ["put", "get", "reset"],
];

const RUNS = Number(process.env["FAULTLINE_RUNS"] ?? 30);

/** Threads of random words, `count` of them alike, and now and then another one that has a node, too. */
function randomProgram(
  next: (below: number) => number,
  sections: number,
): { readonly program: Program; readonly text: string } {
  const pick = <T>(all: readonly T[]): T => all[next(all.length)]!;
  const random = (): readonly string[] => Array.from({ length: 1 + next(sections) }, () => pick(SECTIONS)).flat();
  const count = next(4) === 0 ? 3 : 2;
  const words = count === 3 ? pick(SECTIONS) : random();
  const other = count === 2 && next(2) === 0 ? pick(SECTIONS) : undefined;
  const program = toy({
    world: w,
    threads: { t: symmetric(count, (i) => pathOf(words, i)), ...(other && { other: pathOf(other, 2) }) },
    specs: [w.always("linked", "no node points at itself", (k) => k.nodes.every((node) => node.next !== node))],
  });
  return { program, text: `${count} of ${words.join(" ")}${other ? ` || ${other.join(" ")}` : ""}` };
}

test("on random programs of threads with nodes of their own, each orbit is counted once, and verdicts are as before", async () => {
  const next = randomNumbers(15);
  const seen = { reduced: 0, saved: 0, tso: 0 };
  for (let run = 0; run < RUNS; run++) {
    const { program, text } = randomProgram(next, 3);
    const whole = await searchAll(program, { maxStates: 3000 }).catch((error: unknown) => error);
    if (breaksRule(whole) || (whole as { cut?: string }).cut !== undefined) continue;
    try {
      if (alikeOf(program).names.length > 0) seen.reduced++;
      seen.saved += await assertReduced(program);
      // Steps that are taken alone lead to states that are renamed, too.
      await bothWays(program, { symmetry: true, maxStates: 3000 });
      if (run % 3 !== 0) continue;
      const buffered = tsoProgram(program);
      if ((await searchAll(buffered, { maxStates: 3000 })).cut !== undefined) continue;
      if (alikeOf(buffered).names.length > 0) seen.tso++;
      await assertReduced(buffered);
    } catch (error) {
      if (breaksRule(error)) continue;
      throw new Error(text, { cause: error });
    }
  }
  for (const [what, count] of Object.entries(seen)) assert.ok(count >= Math.min(3, RUNS / 10), `${what}: ${count}`);
});

test("on random programs of threads with nodes of their own, lkmm says the same where they are told apart", async () => {
  const next = randomNumbers(16);
  let reduced = 0;
  for (let run = 0; run < RUNS / 2; run++) {
    const { program, text } = randomProgram(next, 1);
    try {
      const whole = await searched(program, { memory: "lkmm", symmetry: false, maxStates: 4000 });
      if (whole.cut !== undefined) continue;
      const found = await searched(program, { memory: "lkmm" });
      const said = ({ found: all }: typeof whole) =>
        [...all].map(([name, { moves }]) => `${name} in ${moves.length}`).toSorted();
      assert.deepEqual(said(found), said(whole), text);
      assert.ok(found.states <= whole.states, text);
      if (found.symmetric.length > 0 && found.states < whole.states) reduced++;
    } catch (error) {
      if (!breaksRule(error)) throw error;
    }
  }
  assert.ok(reduced >= Math.min(3, RUNS / 10), `${reduced}`);
});
