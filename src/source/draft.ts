import type { Drafting, DraftedCall } from "../model/source-names.ts";
import { decider } from "./scope.ts";
import type { Reading } from "./align.ts";
import type { CFunction, Functions } from "./functions.ts";
import { readLabel, type Pattern } from "./pattern.ts";
import { codeOf, END, type CodeOptions, type Item, type Mark, type Operation } from "./draft-code.ts";
import { lastName, type NameTable } from "./names.ts";

/** A step of a drafted path. */
export interface DraftedStep {
  readonly label: string;
  /** The code of the step, as TypeScript. */
  readonly code: string;
  /** It is still to be decided. */
  readonly isOpen: boolean;
  /** The C to look for, where the label is not it. */
  readonly at?: string;
}

/** A path that was drafted from a function. */
export interface Drafted {
  readonly steps: readonly DraftedStep[];
  /** The locals that steps use, with their fields, as TypeScript. */
  readonly locals: Readonly<Record<string, string>>;
  /** What is imported, by module. */
  readonly imports: Readonly<Record<string, readonly string[]>>;
}

type Doing = Extract<Item, { readonly kind: "do" | "test" }>;

/** Where a step goes on: the label of another, `done`, or nothing for the next one. */
type Goal = string | undefined;

const DONE = "done";

/** What a path is drafted from. */
export interface DraftFrom {
  readonly reading: Reading;
  readonly functions: Functions;
  readonly root: CFunction;
  /** The functions that are written in place, the root first. */
  readonly own: readonly string[];
}

const MOST_ROUNDS = 4;

/**
 * Makes steps of a function. What the tables do not know becomes a step that is to be decided. A call that is a step somewhere is
 * one wherever it is, so that this is done again until no more of them come up.
 */
export function draftOf({ reading, functions, root, own }: DraftFrom, drafting: Drafting): Drafted {
  const { parse, names } = reading;
  const decisions = (looked: readonly Pattern[]) =>
    decider({ parse, names, functions, own, looked, pointers: new Map(), omitted: [], lost: [] });
  const asCalls = decisions([]);
  let looked: readonly Pattern[] = [];
  for (let round = 1; ; round++) {
    const asSteps = decisions(looked);
    const decide: CodeOptions["decide"] = (...call) => {
      const [step, plain] = [asSteps(...call), asCalls(...call)];
      // Of a step it is not asked what it does, which is what its todo() says.
      return step.kind === "event" && plain.kind === "event" && plain.within && step.quiet === undefined
        ? { ...step, within: plain.within }
        : step;
    };
    const all = codeOf(root, { parse, names, decide });
    const bools = boolLocals(all, drafting, names);
    const drafted = new Writer(kept(all, bools), bools, drafting, names).drafted();
    const found = drafted.steps.flatMap(({ label }) => readLabel(label, parse) ?? []);
    if (round === MOST_ROUNDS || found.length === looked.length) return drafted;
    looked = found;
  }
}

/** The operations that become steps, without those that no jump leads to: what is local and decides nothing is left out. */
function kept(all: readonly Item[], bools: ReadonlySet<string>): readonly Item[] {
  const items = all.map((item): Item => (isIdle(item, all, bools) ? { kind: "jump", to: item.yes } : item));
  const isStep = (item: Item): boolean =>
    item.kind !== "do" || item.op.kind !== "local" || (item.op.into !== undefined && bools.has(item.op.into));
  const reached: Item[] = [];
  const wanted = new Set(
    items.flatMap((item) => (item.kind === "jump" ? [item.to] : item.kind === "test" ? [item.yes, item.no] : [])),
  );
  let isLive = true;
  for (const item of items.filter(isStep)) {
    if (item.kind === "mark" && wanted.has(item.mark)) isLive = true;
    if (isLive) reached.push(item);
    if (item.kind === "jump" || item.kind === "test") isLive = false;
  }
  return reached;
}

/** A test of what no other CPU sees, that leads to one place whatever it finds. */
function isIdle(
  item: Item,
  all: readonly Item[],
  bools: ReadonlySet<string>,
): item is Extract<Item, { readonly kind: "test" }> {
  if (item.kind !== "test" || item.op.kind !== "local") return false;
  const [yes, no] = [item.yes, item.no].map((mark) => leadsTo(mark, all, bools));
  return yes === no;
}

/** The first operation that counts behind a mark: what only changes locals may be left out there. */
function leadsTo(
  mark: Mark,
  all: readonly Item[],
  bools: ReadonlySet<string>,
  seen: readonly Mark[] = [],
): Item | undefined {
  if (mark === END || seen.includes(mark)) return undefined;
  const at = all.findIndex((item) => item.kind === "mark" && item.mark === mark);
  for (const item of at < 0 ? [] : all.slice(at)) {
    if (item.kind === "jump") return leadsTo(item.to, all, bools, [...seen, mark]);
    if (item.kind === "test" || (item.kind === "do" && (item.op.kind !== "local" || bools.has(item.op.into ?? ""))))
      return item;
  }
  return undefined;
}

/** Variables that are only ever set to true, to false, or to what a test has found. */
function boolLocals(items: readonly Item[], drafting: Drafting, names: NameTable): ReadonlySet<string> {
  const sets = items.flatMap((item) => ("op" in item && item.op.into !== undefined ? [item.op] : []));
  const isBool = ({ callee, value }: Operation): boolean =>
    callee === undefined
      ? value !== undefined && /^(?:true|false)$/.test(value)
      : drafting.calls[names.canonical(callee)]?.isTest === true;
  const all = new Set(sets.map(({ into }) => into!));
  return new Set([...all].filter((one) => sets.filter(({ into }) => into === one).every(isBool)));
}

/** The call before a test, where the test is of what it has returned. */
const partOf = ({ op: { text } }: Doing, before: Doing | undefined): string | undefined =>
  before?.kind === "do" && before.op.text.endsWith(")") && text !== before.op.text && text.includes(before.op.text)
    ? before.op.text
    : undefined;

class Writer {
  readonly #items: readonly Item[];
  readonly #drafting: Drafting;
  readonly #names: NameTable;
  readonly #labels = new Map<Doing, string>();
  readonly #locals = new Map<string, string>();
  readonly #used = new Set<string>();
  readonly #bools: ReadonlySet<string>;

  constructor(items: readonly Item[], bools: ReadonlySet<string>, drafting: Drafting, names: NameTable) {
    this.#items = items;
    this.#drafting = drafting;
    this.#names = names;
    this.#bools = bools;
  }

  drafted(): Drafted {
    const doing = this.#items.filter((item): item is Doing => item.kind === "do" || item.kind === "test");
    const known = new Map<string, number>();
    for (const item of doing) {
      const label = labelOf(item);
      const count = (known.get(label) ?? 0) + 1;
      known.set(label, count);
      this.#labels.set(item, count === 1 ? label : `${label}, ${ordinal(count)}`);
    }
    const steps = doing.map((item, i): DraftedStep => {
      const label = this.#labels.get(item)!;
      const code = this.#code(item);
      const { value, kind } = item.op;
      // The cases of a switch are one test of C; what compares calls that are steps is where the last of them is.
      const at =
        item.kind !== "test" ? undefined : kind === "local" && value !== undefined ? value : partOf(item, doing[i - 1]);
      return { label, code, isOpen: code.includes("todo("), ...(at !== undefined && { at }) };
    });
    const text = steps.map(({ code }) => code).join("\n");
    const words = new Set(text.match(/[A-Za-z_]\w*/g));
    const imports = Object.entries(this.#drafting.modules).map(
      ([module, all]) => [module, all.filter((one) => words.has(one) && this.#used.has(one))] as const,
    );
    return { steps, locals: Object.fromEntries(this.#locals), imports: Object.fromEntries(imports) };
  }

  /** Where it goes on from an item of the list; nothing if that is the operation behind it. */
  #goal(item: Doing, to: Mark | "next"): Goal {
    const at = this.#items.indexOf(item);
    const found = to === "next" ? this.#from(at + 1) : this.#fromMark(to);
    if (found === undefined) return this.#next(at) === undefined ? undefined : DONE;
    return found === this.#next(at) ? undefined : this.#labels.get(found)!;
  }

  /** The operation that is written behind a place, whether or not it is come to. */
  #next(at: number): Doing | undefined {
    return this.#items.slice(at + 1).find((item): item is Doing => item.kind === "do" || item.kind === "test");
  }

  #fromMark(mark: Mark, seen: readonly Mark[] = []): Doing | undefined {
    if (mark === END || seen.includes(mark)) return undefined;
    return this.#from(
      this.#items.findIndex((item) => item.kind === "mark" && item.mark === mark),
      [...seen, mark],
    );
  }

  #from(at: number, seen: readonly Mark[] = []): Doing | undefined {
    for (const item of at < 0 ? [] : this.#items.slice(at)) {
      if (item.kind === "jump") return this.#fromMark(item.to, seen);
      if (item.kind !== "mark") return item;
    }
    return undefined;
  }

  #code(item: Doing): string {
    const { op } = item;
    const call =
      op.kind === "call" && op.isCompared !== true
        ? (this.#drafting.calls[this.#names.canonical(op.callee!)] ?? this.#macro(op))
        : undefined;
    if (call && this.#isMeant(op, call)) return this.#known(item, call);
    const own = this.#ofLocals(item) ?? this.#ofField(item);
    return own ?? `todo(${JSON.stringify(question(op))})${this.#thenByResult(item)}`;
  }

  /** A macro by what it does and is known; of several things, nobody knows here which of them it does when. */
  #macro({ callee }: Operation): DraftedCall | undefined {
    const { calls } = this.#drafting;
    const known = Object.keys(calls).flatMap((name) => (this.#names.does(callee!, name) ? [calls[name]!] : []));
    return new Set(known.map(({ code }) => code)).size === 1 ? known[0] : undefined;
  }

  /** Whether it is about the lock, or whatever else it is, that the primitive is of: `spin_lock()` of an inode is no `lockPtl()`. */
  #isMeant({ args }: Operation, { of }: DraftedCall): boolean {
    if (of === undefined) return true;
    const named = args.map(lastName).filter((one) => one.endsWith(of));
    const isSetOtherwise = (name: string): boolean =>
      this.#items.some((item) => "op" in item && item.op.into === name && item.op.kind === "call");
    return named.length > 0 && !named.some(isSetOtherwise);
  }

  #known(
    item: Doing,
    { code, isTest = false, isPath = false, page, givesPage = false, needsPage = false }: DraftedCall,
  ): string {
    const { op } = item;
    this.#use(code);
    if (needsPage) this.#page("page");
    if (isPath) return this.#called(item, code, this.#page(op.args[page ?? 0] ?? "page"));
    if (givesPage) {
      if (op.into !== undefined && this.#page(op.into) !== "page")
        return `todo(${JSON.stringify(question(op))})${this.#thenByResult(item)}`;
      this.#page("page");
      return `${code}${item.kind === "test" ? `.then((_k: unknown, { page }: Me) => ${this.#choice(item, "page")})` : this.#then(item)}`;
    }
    const local = page === undefined ? "page" : this.#page(op.args[page] ?? "page");
    const base = local === "page" ? code : `${code}.with((_k: unknown, me: Me) => ({ page: me.${local} }))`;
    if (op.into !== undefined && this.#bools.has(op.into) && isTest) {
      const name = this.#bool(op.into);
      const goals = item.kind === "test" ? ` return ${this.#choice(item, "is")};` : this.#returned(item);
      return `${base}.then((_k: unknown, me: Me, is) => { me.${name} = is;${goals} })`;
    }
    if (item.kind === "do") {
      const then = this.#then(item);
      return then === "" && isTest ? `${base}.then({})` : `${base}${then}`;
    }
    return isTest
      ? `${base}${this.#thenByResult(item)}`
      : `todo(${JSON.stringify(question(op))})${this.#thenByResult(item)}`;
  }

  #called(item: Doing, code: string, local: string): string {
    this.#used.add("call");
    const args = local === "page" ? "({ page }: Me) => ({ page })" : `(me: Me) => ({ page: me.${local} })`;
    const goal = item.kind === "do" ? this.#goal(item, "next") : undefined;
    return goal === undefined ? `call(${code}, ${args})` : `call(${code}, ${args}, () => ${shown(goal)})`;
  }

  /** A test of a pointer to a page or of a truth value, or a change of the latter. */
  #ofLocals(item: Doing): string | undefined {
    const { op } = item;
    if (item.kind === "do") {
      if (op.kind !== "local" || op.into === undefined || !this.#bools.has(op.into)) return undefined;
      return `(_k: unknown, me: Me) => { me.${this.#bool(op.into)} = ${op.value};${this.#returned(item)} }`;
    }
    if (op.kind !== "local" || !/^\w+$/.test(op.text)) return undefined;
    const isPage = this.#drafting.objects[op.text]?.isPage === true || this.#locals.get(camel(op.text)) === "ref(Page)";
    if (!isPage && !this.#bools.has(op.text)) return undefined;
    const name = isPage ? this.#page(op.text) : this.#bool(op.text);
    return `(_k: unknown, { ${name} }: Me) => ${this.#choice(item, name)}`;
  }

  /** A test or a change of a field that the world has under this name. */
  #ofField(item: Doing): string | undefined {
    const { op } = item;
    const read = /^(?:READ_ONCE\()?(\w+)->(\w+)\)?(?: == (\w+))?$/.exec(op.text);
    const write = /^(?:WRITE_ONCE\()?(\w+)->(\w+)(?: = |, )(\w+)\)?$/.exec(op.text);
    const [, object, member, value = "true"] = (item.kind === "test" ? read : write) ?? [];
    const known = object === undefined ? undefined : this.#drafting.objects[object];
    const field = known?.fields[member!];
    const is = field?.values[value];
    if (!known || is === undefined) return undefined;
    const me = known.isPage ? `{ ${this.#page(object!)} }: Me` : "";
    const place = known.isPage ? `${this.#page(object!)}!.${field!.name}` : `${known.code}.${field!.name}`;
    this.#used.add("once");
    const params = known.isPage ? `_k: unknown, ${me}` : "k: Kernel";
    return item.kind === "test"
      ? `once((${params}) => ${this.#choice(item, `${place} === ${is}`)})`
      : `once((${params}) => { ${place} = ${is};${this.#returned(item)} })`;
  }

  #then(item: Doing): string {
    const goal = item.kind === "do" ? this.#goal(item, "next") : undefined;
    return goal === undefined ? "" : `.then(${shown(goal)})`;
  }

  #thenByResult(item: Doing): string {
    if (item.kind === "do") return this.#then(item);
    const [yes, no] = [this.#goal(item, item.yes), this.#goal(item, item.no)];
    const parts = [
      ...(yes === undefined ? [] : [`true: ${shown(yes)}`]),
      ...(no === undefined ? [] : [`false: ${shown(no)}`]),
    ];
    return parts.length === 0 ? ".then({})" : `.then({ ${parts.join(", ")} })`;
  }

  #choice(item: Doing, condition: string): string {
    if (item.kind === "do") return "undefined";
    const [yes, no] = [this.#goal(item, item.yes), this.#goal(item, item.no)].map((goal) =>
      goal === undefined ? "undefined" : shown(goal),
    );
    return `(${condition} ? ${yes} : ${no})`;
  }

  #returned(item: Doing): string {
    const goal = item.kind === "do" ? this.#goal(item, "next") : undefined;
    return goal === undefined ? "" : ` return ${shown(goal)};`;
  }

  #page(argument: string): string {
    const name = lastName(argument);
    const object = this.#drafting.objects[name];
    const local = object?.isPage ? object.code : name === "" ? "page" : camel(name);
    this.#locals.set(local, "ref(Page)");
    return local;
  }

  #bool(name: string): string {
    this.#locals.set(camel(name), "bool");
    return camel(name);
  }

  #use(code: string): void {
    for (const word of code.match(/[A-Za-z_]\w*/g) ?? []) this.#used.add(word);
  }
}

const shown = (goal: string): string => (goal === DONE ? "done" : JSON.stringify(goal));

/** `old_page` as `oldPage`. */
export const camel = (name: string): string =>
  name.replaceAll(/_+(\w)/g, (_, letter: string) => letter.toUpperCase()).replace(/^_+/, "");

const LONGEST = 60;

/** The C, without what would make a label long; a test has a question mark. */
function labelOf({ kind, op }: Doing): string {
  const mark = kind === "test" ? "?" : "";
  const text = op.text.replaceAll(/\b(?:un)?likely\(((?:[^()]|\([^()]*\))*)\)/g, "$1");
  if (text.length <= LONGEST || op.callee === undefined) return text + mark;
  return `${op.into === undefined || kind === "test" ? "" : `${op.into} = `}${op.callee}()${mark}`;
}

const ordinal = (n: number): string =>
  `${n}${["th", "st", "nd", "rd"][n % 100 > 10 && n % 100 < 14 ? 0 : n % 10] ?? "th"}`;

const MOST_DONE = 3;

/** What is to be decided. */
function question({ kind, callee, text, within }: Operation): string {
  switch (kind) {
    case "call": {
      const some = within.filter((one) => one !== callee).slice(0, MOST_DONE);
      return `what ${callee}() does here${some.length > 0 ? `; it has ${some.join("; ")}` : ""}`;
    }
    case "local":
      return `when ${text} is true`;
    default:
      return `which field of the world ${text} is about`;
  }
}
