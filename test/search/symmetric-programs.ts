import {
  acquire,
  array,
  choose,
  full,
  ghost,
  hardware,
  int,
  noreturn,
  once,
  rcuReadLock,
  rcuReadUnlock,
  relaxed,
  release,
  smpMb,
  smpRmb,
  smpWmb,
  spinlock,
  struct,
  symmetric,
  synchronizeRcu,
  wait,
  world,
  type Drafts,
  type Path,
  type StateOf,
} from "faultline";
import type { Entry } from "../../src/model/path.ts";
import type { Program } from "../../src/machine/program.ts";
import { toy } from "../machine/toy.ts";

const Mine = struct({ m: int(0, 2), lock: spinlock, entry: hardware(int(0, 2)), seen: ghost(int(0, 2)) });
const w = world({ mine: array(3, Mine), x: int(0, 2), l: spinlock, other: ghost(int(0, 2)) });
const locals = { r: int(0, 2) } as const;
type K = StateOf<typeof w>;
type Me = Drafts<typeof locals>;

const ORDERS = { once, acquire, release, full, relaxed, noreturn };
const FENCES = { mb: smpMb, rmb: smpRmb, wmb: smpWmb, "rcu(": rcuReadLock, "rcu)": rcuReadUnlock, gp: synchronizeRcu };

/**
 * An instruction as text. `W v n order`, `R v order`, `I v order` store, load and increment; `L v`, `U v`, `T v` take,
 * leave and try to take a lock; `B` ends the thread if it has loaded 0. `walk v`
 * fills the thread's own TLB entry, `use v` loads by it, and `flush` drops it. The variable is `x` or the lock `l`, which all
 * share, or the thread's own `m` or `lock`. The thread that has none of its own picks a member's.
 */
function entryOf(text: string, own: (k: K) => K["mine"][number], keep: (k: K, got: number) => void) {
  const [kind = "", variable, a = "", b = ""] = text.split(" ");
  const order = ORDERS[(b || a) as keyof typeof ORDERS];
  const at = (k: K): { get: () => number; set: (value: number) => void } => {
    if (variable === "x") return { get: () => k.x, set: (value) => void (k.x = value) };
    const mine = own(k);
    return { get: () => mine.m, set: (value) => void (mine.m = value) };
  };
  const take = (k: K): boolean => {
    const mine = variable === "l" ? undefined : own(k);
    if (mine ? mine.lock : k.l) return false;
    if (mine) mine.lock = true;
    else k.l = true;
    return true;
  };
  switch (kind) {
    case "W":
      return order((k: K) => at(k).set(Number(a)));
    case "R":
      return order((k: K, me: Me) => {
        me.r = at(k).get();
        keep(k, me.r);
      });
    case "I":
      return order((k: K) => {
        const place = at(k);
        place.set((place.get() + 1) % 3);
      });
    case "walk":
      return once((k: K) => {
        const mine = own(k);
        if (mine.entry === 0) mine.entry = at(k).get();
      });
    case "use":
      return once((k: K) => {
        if (own(k).entry !== 0) keep(k, at(k).get());
      });
    case "flush":
      return (k: K) => void (own(k).entry = 0);
    case "B":
      return (_: K, me: Me) => (me.r === 0 ? "end" : undefined);
    case "L":
      return acquire((k: K) => (take(k) ? undefined : wait));
    case "T":
      return acquire((k: K) => (take(k) ? undefined : "end"));
    case "U":
      return release((k: K) => void (variable === "l" ? (k.l = false) : (own(k).lock = false)));
    default:
      return FENCES[kind as keyof typeof FENCES];
  }
}

function pathOf(text: string, own: (k: K) => K["mine"][number], keep: (k: K, got: number) => void): Path {
  const steps = text.split("; ").map((one, i) => [`${i}: ${one}`, entryOf(one, own, keep) as Entry<K, Me, string>]);
  return w.path("program", locals, Object.fromEntries([...steps, ["end", () => {}]]) as never) as Path;
}

/** `members` threads that run the same text, each on what is its own; and perhaps another one, which picks among theirs. */
export const symmetricProgram = (members: number, text: string, other?: string): Program =>
  toy({
    world: w,
    threads: {
      t: symmetric(members, (i) =>
        pathOf(
          text,
          (k) => k.mine[i]!,
          (k, got) => void (k.mine[i]!.seen = got),
        ),
      ),
      ...(other !== undefined && {
        other: pathOf(
          other,
          (k) => choose(...(k.mine.slice(0, members) as [K["mine"][number]])),
          (k, got) => void (k.other = got),
        ),
      }),
    },
    specs: [
      w.atEnd("none-saw", "no member has loaded 1", (k) => k.mine.every(({ seen }) => seen !== 1)),
      w.atEnd("other-saw-none", "the other one has loaded 0", (k) => k.other === 0),
    ],
  });
