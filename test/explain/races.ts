import { acquire, int, once, release, spinlock, wait, world } from "faultline";
import { isDone } from "../../src/machine/finish.ts";
import { initialStates, type Program } from "../../src/machine/program.ts";
import { effectsOf } from "../../src/machine/step.ts";
import { readerOf, stateKey, type State } from "../../src/machine/state.ts";
import type { Threads } from "../../src/model/scenario.ts";
import { toy } from "../machine/toy.ts";

const FIELDS = ["x", "y", "z"] as const;
type Field = (typeof FIELDS)[number];
type K = Record<Field, number> & { lock: boolean };
interface Me {
  seen: number;
}

const small = int(0, 2);
const w = world({ x: small, y: small, z: small, lock: spinlock });
const show = ({ x, y, z }: K): string => [x, y, z].join();

/** A number from 0 to below `count`. */
type Numbers = (count: number) => number;

/**
 * Threads that look at fields, go on or not for what they find there, and write what they have found; some of
 * it under a lock. What must not be is one of the ends that they have.
 */
export function randomRace(next: Numbers, count: number): Program {
  const threads = Object.fromEntries(Array.from({ length: count }, (_, t) => [`t${t}`, randomPath(next, t)]));
  const ends = endsOf(toy({ world: w, threads }));
  const never = ends[next(ends.length)]!;
  return toy({ world: w, threads, specs: [w.atEnd("never", `it does not end in ${never}`, (k) => show(k) !== never)] });
}

function randomPath(next: Numbers, thread: number): Threads[string] {
  const steps: Record<string, unknown> = {};
  const field = (): Field => FIELDS[next(FIELDS.length)]!;
  const length = 2 + next(4);
  const locks = next(3) === 0 ? next(length) : length;
  for (let i = 0; i < length; i++) {
    if (i === locks)
      steps["lock"] = acquire((k: K) => {
        if (k.lock) return wait;
        k.lock = true;
        return undefined;
      });
    const out = i >= locks ? "unlock" : "out";
    const [of, value] = [field(), next(3)];
    switch (next(7)) {
      case 0:
      case 1:
        steps[`${i}: ${of} == ${value}?`] = once((k: K) => (k[of] === value ? undefined : out));
        break;
      case 2:
        steps[`${i}: seen = ${of}`] = once((k: K, me: Me) => {
          me.seen = k[of];
        });
        break;
      case 3:
        steps[`${i}: ${of} = seen`] = once((k: K, me: Me) => {
          k[of] = me.seen;
        });
        break;
      case 4:
        steps[`${i}: seen == ${value}?`] = (_: K, me: Me) => (me.seen === value ? undefined : out);
        break;
      default:
        steps[`${i}: ${of} = ${value}`] = once((k: K) => {
          k[of] = value;
        });
    }
  }
  if (locks < length)
    steps["unlock"] = release((k: K) => {
      k.lock = false;
    });
  steps["out"] = () => {};
  return w.path(`path ${thread}`, { seen: small }, steps as never) as never;
}

/** How the fields can be in the end. */
function endsOf(program: Program): readonly string[] {
  const key = stateKey(program.cells);
  const seen = new Set<string>();
  const ends = new Set<string>();
  const open: State[] = [...initialStates(program)];
  for (let state = open.pop(); state; state = open.pop()) {
    if (seen.has(key(state))) continue;
    seen.add(key(state));
    if (isDone(program, state)) ends.add(program.cells.slice(0, 3).map(readerOf(state)).join());
    for (const thread of program.threads.keys())
      for (const { outcome } of effectsOf(program, state, thread))
        if (outcome.kind === "moved") open.push(outcome.state);
  }
  return [...ends].toSorted();
}
