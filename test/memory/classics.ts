import {
  acquire,
  array,
  bugOn,
  full,
  ghost,
  int,
  noreturn,
  once,
  relaxed,
  release,
  smpMb,
  smpRmb,
  smpWmb,
} from "faultline";
import { rcuReadLock, rcuReadUnlock, spinlock, struct, synchronizeRcu, wait, world } from "faultline";
import type { Drafts, Path, Spec, StateOf } from "faultline";
import type { Entry } from "../../src/model/path.ts";
import type { Program } from "../../src/machine/program.ts";
import { toy } from "../machine/toy.ts";

const Registers = struct({ r: ghost(int(0, 3)), s: ghost(int(0, 3)) });
/** Three variables, a lock, and what each thread has read. */
export const w = world({ x: int(0, 3), y: int(0, 3), z: int(0, 3), l: spinlock, seen: array(4, Registers) });
const locals = { r: int(0, 3), s: int(0, 3) } as const;
type K = StateOf<typeof w>;
type Me = Drafts<typeof locals>;
type Var = "x" | "y" | "z";
type Reg = "r" | "s";

const ORDERS = { once, acquire, release, full, relaxed, noreturn } as const;
const FENCES = { mb: smpMb, rmb: smpRmb, wmb: smpWmb, "rcu(": rcuReadLock, "rcu)": rcuReadUnlock, gp: synchronizeRcu };

/**
 * An instruction as text: `W x 1 once` and `W x r once` store, `R x r once` loads into a register, `X x 1 r full` is an
 * xchg(), `I x noreturn` an increment that wraps around, `B r` skips the next instruction if r is 0, `L` and `U` lock
 * and unlock, `T r` is a spin_trylock(), `F x 1 once` loads and is a bug if that is 1.
 */
export type Instruction = string;

function entryOf(text: Instruction, t: number, skip: string): Entry<K, Me, string> {
  const [kind, a, b, c, d] = text.split(" ") as [string, Var, string, string, string];
  const order = (word: string) => ORDERS[word as keyof typeof ORDERS];
  const value = (me: Me, word: string): number => (word === "r" || word === "s" ? me[word] : Number(word));
  const keep = (k: K, me: Me, register: string, got: number): void => {
    me[register as Reg] = got;
    k.seen[t]![register as Reg] = got;
  };
  switch (kind) {
    case "W":
      return order(c)((k: K, me: Me) => void (k[a] = value(me, b)));
    case "R":
      return order(c)((k: K, me: Me) => keep(k, me, b, k[a]));
    case "X":
      return order(d)((k: K, me: Me) => {
        const old = k[a];
        k[a] = value(me, b);
        keep(k, me, c, old);
      });
    case "F":
      return order(c)((k: K) => bugOn(k[a] === Number(b), "it was there"));
    case "I":
      return order(b)((k: K) => void (k[a] = (k[a] + 1) % 4));
    case "B":
      return (_, me) => (me[a as Reg] === 0 ? skip : undefined);
    case "L":
      return acquire((k: K) => {
        if (k.l) return wait;
        k.l = true;
      });
    case "T":
      return acquire((k: K, me: Me) => {
        keep(k, me, a, k.l ? 0 : 1);
        if (!k.l) k.l = true;
      });
    case "U":
      return release((k: K) => void (k.l = false));
    default:
      return FENCES[kind as keyof typeof FENCES] as Entry<K, Me, string>;
  }
}

function pathOf(instructions: readonly Instruction[], t: number): Path {
  const label = (i: number): string => `${i}: ${instructions[i] ?? "end"}`;
  const steps = instructions.map((text, i) => [label(i), entryOf(text, t, label(i + 2))] as const);
  const end = [instructions.length, instructions.length + 1].map((i) => [label(i), () => {}] as const);
  return w.path(`p${t}`, locals, Object.fromEntries([...steps, ...end]) as never) as Path;
}

/** A machine of a few threads, each as instructions: `W x 1 once; mb; R y r once`. */
export const threads = (...texts: readonly string[]): Program => threadsThat([], ...texts);

/** The same with something that must hold. */
export const threadsThat = (specs: readonly Spec<K>[], ...texts: readonly string[]): Program =>
  toy({ world: w, threads: Object.fromEntries(texts.map((text, t) => [`p${t}`, pathOf(text.split("; "), t)])), specs });

/** What the threads have read. */
export const showReads = ({ seen }: K): string => seen.map(({ r, s }) => `${r}${s}`).join(" ");
/** The same and the last values of the variables. */
export const showAll = (k: K): string => `${showReads(k)} x=${k.x} y=${k.y} z=${k.z}`;
