import { acquire, array, choose, done, full, ghost, int, once, oneOf, ref, release, scenario, smpMb } from "faultline";
import { struct, wait, world } from "faultline";
import type { Drafts, Scenario, StateOf } from "faultline";
import type { Entry } from "../../src/model/path.ts";

/** What a program may name: more than enough values for each field, of which a run has a few. */
const MOST = 600;
const WORDS = ["idle", "busy", "gone", "freed", "torn", "split", "huge"] as const;
const Tail = struct({ value: int(0, MOST) });
const Node = struct({ value: int(-MOST, MOST), next: ref(Tail) });
const w = world({
  a: int(0, MOST),
  b: int(-MOST, MOST),
  word: oneOf(...WORDS),
  slot: ref(Node),
  nodes: array(3, Node),
  tails: array(2, Tail),
});
const locals = { n: int(0, MOST), m: int(-MOST, MOST), p: ref(Node), q: ref(Tail) } as const;
type K = StateOf<typeof w>;
type Me = Drafts<typeof locals>;

interface Numbers {
  readonly get: (k: K, me: Me) => number;
  readonly set: (k: K, me: Me, value: number) => void;
}
const NUMBERS: readonly Numbers[] = [
  { get: (k) => k.a, set: (k, _, value) => void (k.a = value) },
  { get: (k) => k.b, set: (k, _, value) => void (k.b = value) },
  { get: (_, me) => me.n, set: (_, me, value) => void (me.n = value) },
  { get: (_, me) => me.m, set: (_, me, value) => void (me.m = value) },
  { get: (k) => k.nodes[0].value, set: (k, _, value) => void (k.nodes[0].value = value) },
  {
    get: (_, me) => me.p?.value ?? 0,
    set: (_, me, value) => {
      if (me.p) me.p.value = value;
    },
  },
  {
    get: (_, me) => me.q?.value ?? 0,
    set: (_, me, value) => {
      if (me.q) me.q.value = value;
    },
  },
  // Sometimes there is nothing to point at.
  { get: (k) => k.slot!.value, set: (k, _, value) => void (k.slot!.value = value) },
];

/** One step of a random path of `length` steps. */
function stepOf(next: (below: number) => number, length: number): Entry<K, Me, string> {
  const pick = <T>(options: readonly T[]): T => options[next(options.length)]!;
  const far = [7, 100, 300, 590];
  const label = `s${next(length)}`;
  const [to, of, other] = [pick(NUMBERS.slice(0, -1)), pick(NUMBERS.slice(0, -1)), pick(NUMBERS)];
  const [first, second, at] = [pick(far), pick(far), next(2)];
  const [word, after] = [pick(WORDS), pick(WORDS)];
  switch (next(11)) {
    case 0:
      return (k, me) => to.set(k, me, of.get(k, me));
    case 1:
      return (k, me) => to.set(k, me, of.get(k, me) + 1 + next(1));
    case 2:
      return (k, me) => to.set(k, me, choose(first, second, 0));
    case 3:
      // Round and round, to a value that only then is there.
      return (k, me) => {
        const value = to.get(k, me);
        if (value < 0 || value >= 4) return undefined;
        to.set(k, me, value + 1);
        return label;
      };
    case 4:
      return (k, me) => (to.get(k, me) === of.get(k, me) ? label : undefined);
    case 5:
      return (k, me) => to.set(k, me, Math.max(of.get(k, me), other.get(k, me)));
    case 6:
      return (k, me) => void (me.p = k.slot);
    case 7:
      return (k, me) => {
        me.q = me.p?.next ?? k.tails[at]!;
        k.slot = k.nodes[at]!;
      };
    case 8:
      return (k, me) => {
        if (me.p) me.p.next = choose(null, k.tails[at]!);
      };
    case 9:
      return (k, me) => {
        if (k.word === word) k.word = after;
        else if (to.get(k, me) > first) return done;
        return undefined;
      };
    default:
      return (k, me) => (of.get(k, me) === first || k.word === word ? wait : void (k.word = after));
  }
}

/**
 * A random scenario whose fields have far larger domains than a run has values: these come in one after the other, by
 * loops, choices, parameters and pointers.
 */
export function fewOfMany(next: (below: number) => number): Scenario {
  const paths = Array.from({ length: 1 + next(2) }, (_, t) => {
    const length = 2 + next(4);
    const steps = Array.from({ length }, (_, s) => [`s${s}`, stepOf(next, length)] as const);
    return [`t${t}`, w.path(`path ${t}`, locals, Object.fromEntries(steps))] as const;
  });
  const [limit, start] = [next(6), next(3)];
  return scenario("few-of-many", {
    about: "A random program",
    world: w,
    params: { from: oneOf("nothing", "far"), by: int(0, 99) },
    threads: () => Object.fromEntries(paths),
    init: (k: K, { from, by }) => {
      k.a = from === "far" ? 500 + by : by;
      k.b = choose(-by, start);
      k.nodes[start]!.next = k.tails[1];
      k.slot = choose(k.nodes[start]!, k.nodes[0]);
    },
    specs: [
      w.always("small", "b is small", (k) => k.b <= limit || k.b > 1000),
      w.always("apart", "a is not b", (k) => k.a !== k.b),
      w.sometimes("torn", "the word becomes torn", (k) => k.word === "torn" || (k.slot?.value ?? 0) > limit),
      w.atEnd("equal", "the values differ", (k) => k.nodes.every(({ value }) => value < 4)),
    ],
  });
}

const MANY = 12;
const Page = struct({ count: int(0, MANY) });
export const weak = world({
  x: int(0, MANY),
  y: int(0, MANY),
  z: int(0, MANY),
  slot: ref(Page),
  pages: array(2, Page),
  seen: array(2, ghost(int(0, MANY))),
});
type WeakK = StateOf<typeof weak>;
const registers = { n: int(0, MANY), p: ref(Page) } as const;
type Registers = Drafts<typeof registers>;

/** The same of steps that use one word of memory each, so that they may be seen out of order. */
export function oneWordAtATime(next: (below: number) => number): Scenario {
  const pick = <T>(options: readonly T[]): T => options[next(options.length)]!;
  const stepFor = (t: number): Entry<WeakK, Registers, string> => {
    const [name, order, at] = [pick(["x", "x", "y", "y", "z"] as const), pick([once, once, acquire]), next(2)];
    const plus = pick([0, 0, 3]);
    switch (next(8)) {
      case 0:
      case 1:
        return order((k: WeakK, me: Registers) => void (k.seen[t] = me.n = k[name]));
      case 2:
      case 3:
        return once((k: WeakK, me: Registers) => void (k[name] = (me.n + plus) % (MANY + 1)));
      case 4:
        return once((k: WeakK) => void (k[name] = choose(5, 7 + plus)));
      case 5:
        return once((k: WeakK, me: Registers) => void (me.p = k.slot));
      case 6:
        return release((k: WeakK) => void (k.slot = k.pages[at]!));
      default:
        return pick([
          once((_: WeakK, me: Registers) => {
            if (me.p) me.n = me.p.count;
          }),
          once((k: WeakK) => void (k.pages[at]!.count = 8 + plus)),
          full((k: WeakK) => void (k[name] = (k[name] + 1 + plus) % (MANY + 1))),
          smpMb as unknown as Entry<WeakK, Registers, string>,
        ]);
    }
  };
  const paths = Array.from({ length: 2 }, (_, t) => {
    const [own, other] = t === 0 ? (["x", "y"] as const) : (["y", "x"] as const);
    // At the end each looks at what the other has stored, which tells memory models apart.
    const entries = [
      ...Array.from({ length: 1 + next(3) }, () => stepFor(t)),
      once((k: WeakK, me: Registers) => void (k[own] = (me.n + 2) % (MANY + 1))),
      once((k: WeakK, me: Registers) => void (k.seen[t] = me.n = k[other])),
    ];
    const steps = entries.map((entry, s) => [`s${s}`, entry] as const);
    return [`t${t}`, weak.path(`path ${t}`, registers, Object.fromEntries(steps))] as const;
  });
  return scenario("one-word-at-a-time", {
    about: "A random program",
    world: weak,
    params: {},
    threads: () => Object.fromEntries(paths),
    init: (k) => void (k.x = 11),
    specs: [],
  });
}
