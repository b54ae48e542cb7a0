import type { LitmusAccess, LitmusProgram } from "../../machine/trace.ts";
import { isFull, isQualifier, ORDERS } from "../../model/order.ts";
import type { Result, SpecResult } from "../../result/result.ts";
import { ascii, fold } from "../text/wrap.ts";
import { commandFor } from "../phrases.ts";

/**
 * A run under lkmm as a C litmus test: each CPU does what it did in the run, a word's content is a number, and `exists`
 * asks whether every load can return what it returned. herd7 with tools/memory-model/linux-kernel.cfg answers
 * Sometimes. A dependency counts even where its value makes no difference: `r0 ^ r0` is added to what depends on r0.
 * What flushes order is left out: without it the run is allowed all the more. The first thread is P0, whichever CPU it is.
 */
export function litmusTest(result: Result, spec: SpecResult, whole: LitmusProgram): string {
  const program = withoutIdle(whole);
  const { words, threads, cpus } = program;
  const name = identifier(`${result.scenario} ${spec.name}`);
  const used = new Set(threads.flatMap((thread) => thread.flatMap(({ word }) => word ?? [])));
  const comment = fold(
    ascii(
      `${spec.name}: ${spec.sentence}. Expected: Sometimes. ${walks(threads.length, cpus)}${commandFor(result, spec)}`,
    ),
    68,
    0,
  );
  return [
    `C ${name}`,
    "",
    "(*",
    ...comment.map((line) => ` * ${line.replaceAll("(*", "( *").replaceAll("*)", "* )")}`),
    " *)",
    "",
    "{",
    ...words.filter((word) => used.has(word.name)).map((word) => `\t${identifier(word.name)}=${word.first};`),
    "}",
    ...threads.flatMap((thread, cpu) => procedure(program, thread, cpu)),
    "",
    `exists (${clauses(program, used).join(" /\\ ")})`,
    "",
  ].join("\n");
}

/** Without the CPUs that make no access in this run: herd7 reads no thread without a statement. */
function withoutIdle({ threads, cpus, ...rest }: LitmusProgram): LitmusProgram {
  const isBusy = (thread: readonly LitmusAccess[]): boolean => thread.length > 0;
  return { ...rest, threads: threads.filter(isBusy), cpus: threads.slice(0, cpus).filter(isBusy).length };
}

function walks(threads: number, cpus: number): string {
  const from = `P${cpus}`;
  if (threads <= cpus) return "";
  return threads === cpus + 1 ? `${from} is a page-table walk. ` : `${from} to P${threads - 1} are page-table walks. `;
}

function procedure(program: LitmusProgram, thread: readonly LitmusAccess[], cpu: number): readonly string[] {
  const words = [...new Set(thread.flatMap(({ word }) => word ?? []))];
  const parameters = words.map((word) => `${typeOf(program, word)} *${identifier(word)}`);
  return [
    "",
    `P${cpu}(${parameters.join(", ")})`,
    "{",
    ...thread.flatMap((access, i) => (returns(access) ? [`\tint r${i};`] : [])),
    ...thread.map((access, i) => `\t${statement(program, thread, access, i)}`),
    "}",
  ];
}

/** A name that C allows: `ptes[0].ptl` is `ptes_0_ptl`. */
const identifier = (name: string): string => name.replaceAll(/[^A-Za-z0-9]+/g, "_").replace(/_$/, "");

const returns = ({ kind, order }: LitmusAccess): boolean =>
  kind === "read" || (kind === "rmw" && ORDERS[order].returns);

/** An RMW that returns nothing is one of an atomic_t. */
const isAtomic = ({ threads }: LitmusProgram, word: string): boolean =>
  threads.some((thread) => thread.some((one) => one.word === word && one.kind === "rmw" && !ORDERS[one.order].returns));

const typeOf = (program: LitmusProgram, word: string): string =>
  program.locks.includes(word) ? "spinlock_t" : isAtomic(program, word) ? "atomic_t" : "int";

function clauses({ words, threads }: LitmusProgram, used: ReadonlySet<string>): readonly string[] {
  const loads = threads.flatMap((thread, cpu) =>
    thread.flatMap((access, i) => (returns(access) ? [`${cpu}:r${i}=${access.read}`] : [])),
  );
  const ends = words.flatMap(({ name, last }) =>
    last === undefined || !used.has(name) ? [] : [`${identifier(name)}=${last}`],
  );
  return [...loads, ...ends];
}

function statement(program: LitmusProgram, thread: readonly LitmusAccess[], access: LitmusAccess, i: number): string {
  const { kind, order, word = "", stored = 0, read = 0, address, data, control } = access;
  if (kind === "fence") return `${ORDERS[order].name}();`;
  const depending = (text: string, loads: readonly number[]): string =>
    [text, ...loads.filter((load) => returns(thread[load]!)).map((load) => `(r${load} ^ r${load})`)].join(" + ");
  const x = depending(identifier(word), address);
  const atomic = isAtomic(program, word);
  const target = x.includes(" ") ? `*(${x})` : `*${x}`;
  const value = depending(String(stored), data);
  // One after the other: all at once would be a step over all that these registers can hold together.
  const when = control
    .filter((load) => returns(thread[load]!))
    .map((load) => `if (r${load} == ${thread[load]!.read}) `)
    .join("");
  // A store without an order of its own that is fully ordered has its barriers around it.
  const fenced = (text: string): string => (isFull(order) ? `smp_mb(); ${text} smp_mb();` : text);
  const { acquires, releases } = ORDERS[order];
  switch (kind) {
    case "lock":
      return `spin_lock(${x});`;
    case "unlock":
      return `spin_unlock(${x});`;
    case "read": {
      const from = acquires ? (atomic ? "atomic_read_acquire" : "smp_load_acquire") : "atomic_read";
      return fenced(`r${i} = ${atomic || acquires ? `${from}(${x})` : `READ_ONCE(${target})`};`);
    }
    case "write": {
      if (releases) return `${when}${atomic ? "atomic_set_release" : "smp_store_release"}(${x}, ${value});`;
      return fenced(`${when}${atomic ? `atomic_set(${x}, ${value})` : `WRITE_ONCE(${target}, ${value})`};`);
    }
    case "rmw":
      if (!returns(access)) return `${when}atomic_add(${stored - read}, ${x});`;
      return `${when}r${i} = ${atomic ? "atomic_" : ""}xchg${isQualifier(order) ? ORDERS[order].suffix : ""}(${x}, ${value});`;
  }
}
