import { array, full, ghost, hardware, int, once, release, acquire, smpMb, smpRmb, smpWmb, world } from "faultline";
import type { Path, Spec, StateOf } from "faultline";
import type { Entry } from "../../src/model/path.ts";
import type { Program } from "../../src/machine/program.ts";
import { toy } from "../machine/toy.ts";

/**
 * A PTE, 0 for none, 1 for clean and 2 for dirty; the page behind it; another word. Each thread runs on a CPU with a TLB
 * entry of its own. `got` is what the thread has read of the PTE and of `x`, `page` of the page.
 */
export const w = world({
  pte: int(0, 2),
  page: int(0, 2),
  x: int(0, 2),
  entry: hardware(array(3, int(0, 2))),
  got: ghost(array(3, int(0, 2))),
  data: ghost(array(3, int(0, 2))),
});
type K = StateOf<typeof w>;

const ORDERS = { once, acquire, release, full } as const;
const FENCES = { mb: smpMb, rmb: smpRmb, wmb: smpWmb } as const;

/**
 * An instruction as text: `W x 1 once` stores, `R x once` loads, `X pte 0` is an xchg(). `walk` is a TLB miss, `walk 0` that of one CPU; at `fault` the thread ends
 * unless the walk finds no PTE. `dirty` sets
 * the dirty bit, `load` and `store 2` use the page by the entry. `flush` drops all entries, `flush 0` that of one CPU.
 */
function entryOf(text: string, t: number): Entry<K, object, string> {
  const [kind, a, b, c] = text.split(" ") as [string, string, string, string];
  const place = a as "pte" | "page" | "x";
  const keep = (k: K, value: number): void => void (k[place === "page" ? "data" : "got"][t] = value as 0);
  switch (kind) {
    case "W":
      return ORDERS[c as "once"]((k: K) => void (k[place] = Number(b)));
    case "R":
      return ORDERS[b as "once"]((k: K) => keep(k, k[place]));
    case "X":
      return full((k: K) => {
        const old = k[place];
        k[place] = Number(b);
        keep(k, old);
      });
    case "walk":
      return once((k: K) => {
        const cpu = (a === undefined ? t : Number(a)) as 0;
        if (k.entry[cpu] === 0) k.entry[cpu] = k.pte;
      });
    case "fault":
      return once((k: K) => {
        if (k.pte === 0) return;
        k.entry[t] = k.pte;
        return "end";
      });
    case "dirty":
      return once((k: K) => {
        if (k.entry[t] !== 1 || k.pte !== 1) return;
        k.pte = 2;
        k.entry[t] = 2;
      });
    case "load":
      return once((k: K) => {
        if (k.entry[t] !== 0) k.data[t] = k.page;
      });
    case "store":
      return once((k: K) => {
        if (k.entry[t] !== 0) k.page = Number(a);
      });
    case "flush":
      return (k: K) => {
        for (const i of [0, 1, 2] as const) if (a === undefined || Number(a) === i) k.entry[i] = 0;
      };
    default:
      return FENCES[kind as keyof typeof FENCES] as Entry<K, object, string>;
  }
}

const pathOf = (text: string, t: number): Path =>
  w.path(
    `p${t}`,
    {},
    Object.fromEntries([
      ...text.split("; ").map((one, i) => [`${i}: ${one}`, entryOf(one, t)] as const),
      ["end", () => {}],
    ]) as never,
  ) as Path;

/** A machine of a few threads, each as instructions; the PTE is clean at first, and entries are empty. */
export const mmuThreads = (texts: readonly string[], specs: readonly Spec<K>[] = []): Program =>
  toy({
    world: w,
    threads: Object.fromEntries(texts.map((text, t) => [`p${t}`, pathOf(text, t)])),
    init: (k) => void (k.pte = 1),
    specs,
  });

/** What is there in the end, and what the threads have read. */
export const show = ({ pte, page, x, entry, got, data }: K): string =>
  `pte=${pte} page=${page} x=${x} entries ${entry.join("")} got ${got.join("")} data ${data.join("")}`;

/** A random program of 2 or 3 threads. */
export function randomMmuProgram(next: (below: number) => number): readonly string[] {
  const pick = <T>(options: readonly T[]): T => options[next(options.length)]!;
  const one = (): string =>
    pick([
      () => `W ${pick(["pte", "page", "x"])} ${next(3)} ${pick(["once", "once", "release"])}`,
      () => `R ${pick(["pte", "page", "x"])} ${pick(["once", "once", "acquire"])}`,
      () => `X ${pick(["pte", "pte", "x"])} ${next(3)}`,
      () => pick(["mb", "rmb", "wmb"]),
      () => "walk",
      () => "walk",
      () => "dirty",
      () => "load",
      () => `store ${1 + next(2)}`,
      () => pick(["flush", "flush", `flush ${next(2)}`]),
    ])();
  return Array.from({ length: 2 + next(2) }, () => Array.from({ length: 2 + next(3) }, one).join("; "));
}
