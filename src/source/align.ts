import { didYouMean } from "../model/error.ts";
import type { Path } from "../model/path.ts";
import { anchor, candidatesOf, type Anchored } from "./anchor.ts";
import { differing, keptFor, THE_END, type ComparedWith } from "./compared.ts";
import { orderOf, type Flow, type SourceEvent } from "./events.ts";
import { flowOf } from "./flow.ts";
import { Functions, functionsIn, type CFunction } from "./functions.ts";
import type { ParseC } from "./grammar.ts";
import type { NameTable } from "./names.ts";
import { branchOf, readLabel, type Pattern } from "./pattern.ts";
import { DRIFT, type Alignment, type Row, type RowKind, type SourcePlace } from "./result.ts";
import { leavesUnasked } from "./returns.ts";
import { decider, isAccountable } from "./scope.ts";
import { isOfRelease, type SourceTree } from "./tree.ts";
import { omitsOf, wantedOf, type Omit } from "./wanted.ts";
import { astrayIn, END, followsBy, type Astray, type Leads, type Ways } from "./ways.ts";

/** What it takes to read a tree. */
export interface Reading {
  readonly tree: SourceTree;
  readonly parse: ParseC;
  readonly names: NameTable;
  /** What trees were when paths were compared with them, where that is known. */
  readonly compared?: ComparedWith;
}

interface Aligning {
  readonly flow: Flow;
  readonly anchored: Anchored;
}

/** A path, and the source that it was read beside: what reports, drift and drafts are made of. */
export interface Aligned {
  readonly alignment: Alignment;
  readonly flow: Flow;
  readonly anchored: Anchored;
}

/**
 * Lays a path beside the functions of a tree that it follows. `ways` knows its jumps; without it, each step is taken to come
 * before all that are written behind it, and nobody asks where they lead.
 */
export function align(path: Path, reading: Reading, ways: Ways = () => undefined): Aligned {
  const { tree, parse, names, compared: kept = {} } = reading;
  const { about } = path;
  const files = filesOf(about.file);
  // A path that stands for no function, as what a process does, has nothing to be read.
  const said = typeof about.notInSource === "string" ? [] : (about.functions ?? [path.name.split(",")[0]!]);
  // `func: wake_page_function`: what a call through the member is, where it does not end in that name.
  const pointers = new Map(said.filter((one) => one.includes(":")).map((one) => one.split(/:\s*/) as [string, string]));
  const own = said.map((one) => one.replace(/^\w+:\s*/, ""));
  const everywhere = new Functions(tree, [...new Set([...files, ...names.names.headers, ...names.names.files])]);
  const { wanted, unread, nowhere } = wantedOf(path, parse);
  const omits = omitsOf(path, parse);
  const notFound: Row[] = [];
  const follows = followsBy(ways);
  const roots = own.flatMap((name): readonly CFunction[] => {
    const called = [name, ...names.allOf(name)];
    const all = called.flatMap((one) => everywhere.find(one) ?? []);
    // Not a wrapper that only has the old name, where the function is under its new one.
    const isWrapper = (fn: CFunction): boolean =>
      called.some((one) => one !== fn.name && fn.body.length < 200 && fn.body.includes(`${one}(`));
    const found = all.find((one) => !isWrapper(one)) ?? all[0];
    if (!found) notFound.push(functionMissing(name, files, everywhere));
    return found ? [found] : [];
  });

  const scope = {
    parse,
    names,
    functions: new Functions(tree, [...new Set([...files, ...roots.map(({ file }) => file), ...names.names.headers])]),
    own: roots.map(({ name }) => name),
    pointers,
    looked: wanted.flatMap(({ patterns }) => patterns),
    omitted: omits.flatMap(({ patterns }) => patterns),
  };
  const isOwnRelease = isOfRelease(tree.release, about.release ?? "");
  const read = (lost: readonly Pattern[]): Aligning => {
    const options = { parse, names, decide: decider({ ...scope, lost }) };
    const flow = flowOf(rootsOf(roots, options), options);
    const anchored = anchor(wanted, flow, names, follows);
    if (isOwnRelease || anchored.missing.size === 0) return { flow, anchored };
    // What `at` says is of the path's own release: in another one, the label may still be the C.
    const asLabels = wanted.map((one) => {
      const read = one.isSaid && anchored.missing.has(one.label) ? readLabel(one.label, parse) : undefined;
      return read ? { label: one.label, patterns: [read], isSaid: false } : one;
    });
    const second = anchor(asLabels, flow, names, follows);
    // The only call of a function is the step there, whatever its arguments are called.
    const asCalls = asLabels.map((one) => {
      const what = second.missing.get(one.label)?.pattern.what;
      if (what?.kind !== "call" || one.patterns.length > 1) return one;
      const bare = { ...one.patterns[0]!, what: { ...what, args: [] } };
      return candidatesOf(bare, flow, names, true).length === 1 ? { ...one, patterns: [bare] } : one;
    });
    return { flow, anchored: anchor(asCalls, flow, names, follows) };
  };
  const first = read([]);
  const lost = [...first.anchored.missing.values()].map(({ pattern }) => pattern);
  // In its own release, a path that names its functions has no others: a call that is gone must not be found in some helper.
  const { flow, anchored } = (about.functions === undefined || !isOwnRelease) && lost.length > 0 ? read(lost) : first;
  const astray = astrayIn(flow, anchored, ways, leadsOf(path));
  // Of another update of the series it is only told what differs: nobody has read that tree, and the path need not change with it.
  const comparedWith = keptFor(tree.release, kept);
  const different =
    comparedWith === undefined ? undefined : differing(path, flow, anchored, { names, kept, release: comparedWith });
  const isVery = comparedWith === tree.release;
  const differs = isVery ? different : undefined;
  const atEnd = differs?.get(THE_END);
  const rows = [
    ...notFound,
    ...labelRows(path, anchored, { unread, nowhere, astray, changed: differs, isFound: roots.length > 0 }),
    ...(atEnd === undefined ? [] : [{ kind: "changed", label: THE_END, why: atEnd } as const]),
    ...otherRows(path, flow, anchored, omits, names),
    ...staleLeads(path, astray),
  ];
  const compared = {
    isCompared: differs !== undefined,
    ...(different && { comparedWith: comparedWith!, differs: [...different.keys()] }),
  };
  return { alignment: alignmentOf(path, reading, flow, rows, compared), flow, anchored };
}

/** `mm/filemap.c, mm/memory.c` as files; none for what is no C. */
export const filesOf = (file = ""): readonly string[] =>
  file
    .split(",")
    .map((one) => one.trim())
    .filter((one) => /\.[ch]$/.test(one));

function alignmentOf(
  path: Path,
  { tree }: Reading,
  flow: Flow,
  rows: readonly Row[],
  compared: Pick<Alignment, "isCompared" | "comparedWith" | "differs">,
): Alignment {
  const kinds = [
    "anchored",
    "renamed",
    "missing",
    "reordered",
    "elsewhere",
    "negated",
    "changed",
    "new",
    "omitted",
    "stale",
    "not in source",
  ] as const;
  const counts = Object.fromEntries(
    kinds.map((kind) => [kind, rows.filter((row) => row.kind === kind).length]),
  ) as Record<RowKind, number>;
  return {
    path: path.name,
    release: path.about.release,
    file: path.about.file,
    functions: [...new Set(flow.functions)],
    tree: tree.release,
    isOfRelease: isOfRelease(tree.release, path.about.release ?? ""),
    ...compared,
    rows,
    counts,
    isContent: DRIFT.every((kind) => counts[kind] === 0),
  };
}

function functionMissing(name: string, files: readonly string[], functions: Functions): Row {
  const gone = files.filter((file) => functions.text(file) === undefined);
  const known = files.flatMap((file) => functionsIn(functions.text(file) ?? ""));
  const why =
    gone.length > 0 && gone.length === files.length
      ? `the tree has no file ${gone.join(", ")}`
      : `${files.join(", ")} has no function of this name${didYouMean(name, known)}`;
  return { kind: "missing", label: `${name}()`, why };
}

/** Those of the functions that no other of them comes to, so that each is read in its place. */
function rootsOf(all: readonly CFunction[], options: Parameters<typeof flowOf>[1]): readonly CFunction[] {
  const [first, ...others] = all;
  if (!first || others.length === 0) return all;
  const reached = new Set<string>();
  return all.filter((fn) => {
    if (reached.has(fn.name)) return false;
    for (const name of flowOf([fn], options).functions) reached.add(name);
    return true;
  });
}

export const placeOf = ({ file, line, chain }: SourceEvent): SourcePlace => ({ file, line, function: chain.at(-1)! });

function labelRows(
  path: Path,
  { anchors, missing, reordered }: Anchored,
  {
    unread,
    nowhere,
    astray,
    changed,
    isFound,
  }: {
    readonly unread: ReadonlyMap<string, string>;
    readonly nowhere: ReadonlyMap<string, string>;
    readonly astray: ReadonlyMap<string, Astray>;
    readonly changed: ReadonlyMap<string, string> | undefined;
    readonly isFound: boolean;
  },
): readonly Row[] {
  return path.labels.map((label): Row => {
    const said = nowhere.get(label);
    if (said !== undefined) return { kind: "not in source", label, why: said };
    const anchored = anchors.get(label);
    if (!anchored) {
      const lost = missing.get(label);
      const why =
        unread.get(label) ??
        (!isFound
          ? undefined
          : lost!.taken > 0
            ? `all ${lost!.taken} of the places where it is done are other steps`
            : lost!.pattern.written === label
              ? undefined
              : `'${lost!.pattern.written}' is not there`);
      return { kind: "missing", label, ...(why !== undefined && { why }) };
    }
    const [first, ...others] = anchored.events;
    const found = {
      label,
      text: first!.text,
      place: placeOf(first!),
      ...(others.length > 0 && { also: others.map(placeOf) }),
    };
    const moved = reordered.get(label);
    if (moved !== undefined) return { kind: "reordered", ...found, why: moved };
    const other = astray.get(label);
    if (other?.row) return { ...found, ...other.row };
    const differs = changed?.get(label);
    if (differs !== undefined) return { kind: "changed", ...found, why: differs };
    const reasons = [...(other?.excused ?? [])].map((to) => leadsOf(path)[label]![to === END ? "end" : to]!);
    if (reasons.length > 0) return { kind: "anchored", ...found, why: reasons.join("; ") };
    return anchored.isRenamed ? { kind: "renamed", ...found, why: first!.callee! } : { kind: "anchored", ...found };
  });
}

const leadsOf = ({ about: { leads = {} } }: Path): Leads => leads as Leads;

/** What is said of steps that lead elsewhere, and do not. */
const staleLeads = (path: Path, astray: ReadonlyMap<string, Astray>): readonly Row[] =>
  Object.entries(leadsOf(path)).flatMap(([label, reasons = {}]) => {
    const excused = astray.get(label)?.excused;
    const stale = excused ? Object.keys(reasons).filter((to) => !excused.has(to === "end" ? END : to)) : [];
    return stale.map((to): Row => ({ kind: "stale", label, why: `it leads to ${to} where the source does` }));
  });

/** What the source does beside the steps. */
function otherRows(
  path: Path,
  flow: Flow,
  { anchors }: Anchored,
  omits: readonly Omit[],
  names: NameTable,
): readonly Row[] {
  const steps = new Map<number, string>();
  for (const [label, { events }] of anchors)
    for (const { index } of events) if (!steps.has(index)) steps.set(index, label);
  const omitted = new Map<number, Omit>();
  const used = new Set<Omit>();
  for (const omit of omits)
    for (const { event } of omit.patterns.flatMap((one) => candidatesOf(one, flow, names, true))) {
      used.add(omit);
      if (!omitted.has(event.index)) omitted.set(event.index, omit);
    }
  const isTaken = (event: SourceEvent): boolean => steps.has(event.index) || omitted.has(event.index);
  const isSame = (one: SourceEvent, other: SourceEvent): boolean => one.chain.join() === other.chain.join();
  /** What it is a part of: `*pte` of `pte_none(*pte)`. */
  const wholeOf = (event: SourceEvent): SourceEvent | undefined =>
    (event.kind === "read" ? flow.events : [])
      .slice(event.index + 1, event.index + 12)
      .find(
        ({ kind, ...one }) => kind === "call" && isSame(one as SourceEvent, event) && one.text.includes(event.text),
      );
  /** The load in `orig_pte = *pte`, where that is a step. */
  const isPartOfStep = (event: SourceEvent): boolean =>
    flow.events
      .slice(event.index + 1, event.index + 4)
      .some((one) => steps.has(one.index) && isSame(one, event) && one.text.includes(event.text));
  // What is done by a function that a step calls is for the path that it calls.
  const calls = [...anchors].filter(([label]) => path.entries.get(label)?.kind === "call");
  const callees = new Set(calls.flatMap(([, { events }]) => events.flatMap(({ callee }) => callee ?? [])));
  const tests = testsOmitted(flow, omits, names);
  const leaves = leavesUnasked(flow, new Set(steps.keys()), orderOf(flow));
  const after = (event: SourceEvent): string | undefined => {
    const before = flow.events.slice(0, event.index).findLast(({ index }) => steps.has(index));
    return before && steps.get(before.index);
  };
  const rows = flow.events.flatMap((event): readonly Row[] => {
    if (steps.has(event.index) || event.chain.slice(1).some((fn) => callees.has(fn))) return [];
    const isAsked = isAccountable(event) || leaves.has(event.index);
    if (!isAsked) return [];
    const whole = wholeOf(event);
    const omit = omitted.get(event.index) ?? tests.get(event.index);
    const found = { text: textOf(whole ?? event), place: placeOf(event) };
    if (omit) return [{ kind: "omitted", label: omit.written, ...found, why: omit.why }];
    if (event.kind === "read" && isPartOfStep(event)) return [];
    if (whole && (isTaken(whole) || tests.has(whole.index) || isAccountable(whole))) return [];
    const step = after(event);
    const does = event.within.length > 0 ? { does: event.within } : {};
    return [{ kind: "new", ...found, ...does, why: step === undefined ? "before the first step" : `after ${step}` }];
  });
  const stale = omits.filter((one) => !used.has(one));
  return [
    ...rows,
    ...stale.map(({ written, why, patterns }): Row => ({
      kind: "stale",
      label: written,
      why: patterns.length === 0 ? "it is no C" : why,
    })),
  ];
}

/** The tests of branches that are omitted whole: with the branch, nobody has to know how it is decided. */
function testsOmitted(flow: Flow, omits: readonly Omit[], names: NameTable): ReadonlyMap<number, Omit> {
  const found = new Map<number, Omit>();
  for (const omit of omits)
    for (const pattern of omit.patterns.filter(({ what }) => what.kind === "branch" && !what.isReturn)) {
      for (const { event: inside } of candidatesOf(pattern, flow, names, true)) {
        const { index, chain, under } = inside;
        const depth = branchOf(pattern, inside, names);
        for (const event of flow.events.slice(Math.max(0, index - 30), index)) {
          if (
            event.under.length === depth &&
            event.chain.join() === chain.slice(0, event.chain.length).join() &&
            under[depth]?.includes(event.text) === true
          )
            found.set(event.index, omit);
        }
      }
    }
  return found;
}

const textOf = ({ text, kind, under }: SourceEvent): string =>
  kind === "return" && under.length > 0 ? `${text.replace(/;$/, "")} under ${under.at(-1)}` : text;
