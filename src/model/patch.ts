import type { About } from "./about.ts";
import type { Drafts, Fields } from "./domain.ts";
import { ModelError, didYouMean, listed } from "./error.ts";
import { kindOf } from "./fields.ts";
import { patchOut } from "./group.ts";
import type { Grown } from "./grown.ts";
import { KEYS, checkKeys, refuseMore, refuseSymbols } from "./keys.ts";
import type { Layout } from "./layout.ts";
import { hasParts } from "./parts.ts";
import {
  checkLabel,
  entryOf,
  isPath,
  pathOf,
  type AnyCall,
  type AnyStep,
  type Entry,
  type Patch,
  type Path,
  type Written,
} from "./path.ts";
import { watchedEntry } from "./watched-path.ts";

/** A path whose labels are known, so that it can be patched: what `world.path` returns. */
export interface Patchable<K, M, L extends string, F> extends Path<K, M> {
  /**
   * The path with a patch on it: steps replaced, put before or after others, or dropped, by their labels. A jump to a step
   * that is dropped goes on to the one after it; a jump to a step does not take those in that stand before it. Throws a
   * ModelError for a label that the path does not have, and for a new one that it has.
   */
  readonly with: <const N extends string = never>(patch: Patch<K, M, L, N>) => Patchable<K, M, L | N, F>;
  /** The same path over a world that extends its own: what a patch adds to it may use the fields of that. */
  readonly over: <W, G>(world: WorldTypes<W, G>) => Patchable<Drafts<W>, Drafts<Grown<F, G>>, L, F>;
  /**
   * The same path, in which the patches on `patched` are on every path of that name that it calls, however deep. Variants that
   * do not have a step which the patch replaces or drops stay as they are. Throws a ModelError if it calls none.
   */
  readonly calling: (patched: Path) => Patchable<K, M, L, F>;
}

/** A world, as far as a path has to know it; the other two are never set, and carry the types. */
export interface WorldTypes<F, G> {
  readonly layout: Layout;
  readonly types?: F;
  readonly grown?: G;
}

/** See `World.path`. */
export interface PathBuilder<W, G> {
  /** Where there is something to say about a path without locals, `{}` stands in their place. */
  <const F extends Fields, const L extends string>(
    name: string,
    locals: F,
    steps: { readonly [P in L]: Entry<Drafts<W>, Drafts<Grown<F, G>>, NoInfer<L>> },
    about?: About<NoInfer<L>>,
  ): Patchable<Drafts<W>, Drafts<Grown<F, G>>, L, F>;
  // Of no locals there is nothing to write.
  <const L extends string>(
    name: string,
    steps: { readonly [P in L]: Entry<Drafts<W>, NoLocals, NoInfer<L>> },
  ): Patchable<Drafts<W>, NoLocals, L, NoLocals>;
}

// oxlint-disable-next-line typescript/no-generated-empty-object-type -- a name that is not there is an error
type NoLocals = Readonly<Record<never, never>>;

type Steps = Readonly<Record<string, Entry<never, never, string>>>;

/** The same path, so that a model may patch it: a `Patchable`, whose types are those of the world. */
export function patchable(path: Path): Path {
  const methods = {
    with: (...given: readonly [Written["patch"]]) => {
      refuseMore(given, 1, "with({ ... })");
      return patchable(patchedBy(path, { patch: given[0], definedAt: new Error("defined") }));
    },
    over: (...given: readonly [{ readonly layout: Layout }]) => {
      refuseMore(given, 1, "over(world)");
      return patchable({ ...path, world: extending(given[0], path) });
    },
    calling: (...given: readonly [Path]) => {
      refuseMore(given, 1, "calling(patched)");
      return patchable(callingInstead(path, given[0]));
    },
  };
  return { ...path, ...methods };
}

function extending(given: { readonly layout: Layout } | undefined, path: Path): Layout {
  if (typeof given !== "object" || !("layout" in given))
    throw new ModelError(`over(world) of path '${path.name}' was given what is no world: ${kindOf(given)}`, {
      remedy: "give what extend(...) or compose(...) returned",
    });
  if (hasParts(given.layout.parts, path.world.parts)) return given.layout;
  throw new ModelError(`path '${path.name}' is of a world that this one does not extend`, {
    remedy: "give a world that extend() or compose() has made of the path's own",
  });
}

function callingInstead(path: Path, patched: Path): Path {
  const what = `calling(patched) of path '${path.name}'`;
  if (!isPath(patched))
    throw new ModelError(`${what} was given what is no path: ${kindOf(patched)}`, {
      remedy: "give path.with({ ... })",
    });
  if (!patched.patched)
    throw new ModelError(`${what} was given '${patched.name}', which has no patch on it`, {
      remedy: "give what with({ ... }) returned",
    });
  const { base, patches } = patched.patched;
  const called = new Set<string>();
  let isPatched = false;
  const within = (caller: Path): Path => {
    const entries = [...caller.entries].map(([label, entry]): readonly [string, AnyStep | AnyCall] => {
      if (entry.kind === "step") return [label, entry];
      const there: readonly Written[] = entry.path.patched?.patches ?? [];
      const name = entry.path.patched?.base.name ?? entry.path.name;
      const isOne = name === base.name;
      const missing = patches.filter((patch) => !there.includes(patch));
      called.add(name);
      const callee = isOne
        ? missing.reduce((one, patch) => patchedBy(one, patch, true), entry.path)
        : within(entry.path);
      if (isOne) isPatched ||= callee !== entry.path || missing.length === 0;
      return [label, callee === entry.path ? entry : { ...entry, path: callee }];
    });
    return entries.every(([label, entry]) => entry === caller.entries.get(label))
      ? caller
      : { ...caller, entries: new Map(entries) };
  };
  const result = within(path);
  if (isPatched) return result;
  const isCalled = called.has(base.name);
  throw new ModelError(
    isCalled
      ? `no '${base.name}' that path '${path.name}' calls has a step that the patch changes`
      : `path '${path.name}' does not call '${base.name}'${didYouMean(base.name, called)}`,
    { remedy: isCalled ? "patch the variant that it calls" : `paths that it calls: ${listed(called) || "none"}` },
  );
}

/** The path with a patch on it. Of one variant of several, `isOneOfMany`, steps that it does not have are no mistake. */
function patchedBy(path: Path, written: Written, isOneOfMany = false): Path {
  const { patch, definedAt } = written;
  const what = `path '${path.name}'`;
  checkKeys(patch, KEYS.patch, "a patch", what);
  const isAbsent = (label: string): boolean =>
    isOneOfMany && path.written.includes(label) && !path.labels.includes(label);
  for (const key of ["replace", "before", "after"] as const)
    refuseSymbols(patch[key] ?? {}, `'${key}' of a patch`, what);
  const { as = "patched" } = patch;
  const { groups, ...rest } = patchOut(patch, path.groups);
  const { before, after } = rest as unknown as { readonly [K in "before" | "after"]: Readonly<Record<string, Steps>> };
  const replace = Object.entries(rest.replace as Steps).filter(([label]) => !isAbsent(label));
  const drop = rest.drop.filter((label) => !isAbsent(label));
  for (const [label] of replace) checkKnown(path, label, path.labels);
  for (const label of drop) checkKnown(path, label, path.labels);
  for (const label of [...Object.keys(before), ...Object.keys(after)]) checkKnown(path, label, path.order);
  const twice = drop.find((label, i) => drop.indexOf(label) < i || replace.some(([one]) => one === label));
  if (twice !== undefined)
    throw new ModelError(`the patch names '${twice}' twice`, {
      where: what,
      cause: "a step is replaced, or it is dropped",
      remedy: "leave one of them",
    });

  const added = addedBy(path, [...Object.entries(before), ...Object.entries(after)], what);
  const order = path.order.flatMap((label) => [
    ...Object.keys(before[label] ?? {}),
    label,
    ...Object.keys(after[label] ?? {}),
  ]);
  const given = new Map([...replace, ...added]);
  const entries = new Map<string, AnyStep | AnyCall>();
  for (const label of order) {
    const entry = given.get(label);
    if (entry === false || drop.includes(label)) continue;
    const there = path.entries.get(label);
    if (given.has(label)) entries.set(label, watchedEntry(entryOf(entry, label, path.name)));
    else if (there) entries.set(label, there);
  }
  // All that it adds may be of another variant.
  if (entries.size === path.entries.size && [...entries].every(([label, entry]) => entry === path.entries.get(label)))
    return path;
  const { base, patches, at } = path.patched ?? { base: path, patches: [], at: new Map<string, Error>() };
  const { sequence: _, ...about } = path.about;
  return pathOf({
    name: `${base.name}, ${as}`,
    world: path.world,
    locals: path.locals,
    entries,
    written: [...path.written, ...added.keys()],
    order,
    groups,
    about,
    definedAt,
    patched: {
      base,
      patches: [...patches, written],
      at: new Map([...at, ...[...given.keys()].map((label) => [label, definedAt] as const)]),
    },
  });
}

/** The new steps of a patch, by label. */
function addedBy(
  path: Path,
  beside: readonly (readonly [string, Steps])[],
  what: string,
): ReadonlyMap<string, Entry<never, never, string>> {
  const added = new Map<string, Entry<never, never, string>>();
  for (const [place, steps] of beside) {
    if (typeof steps !== "object" || (steps as unknown) === null || "kind" in steps)
      throw new ModelError(`the patch puts beside '${place}' what has no label`, {
        where: what,
        remedy: `give the new steps labels of their own, as in { "${place}": { "new step": (k, me) => { ... } } }`,
      });
    refuseSymbols(steps, "a patch", what);
    for (const [label, entry] of Object.entries(steps)) {
      checkLabel(label, path.name);
      if (path.written.includes(label) || added.has(label))
        throw new ModelError(`the patch adds '${label}', which ${what} has already`, {
          where: what,
          remedy: "give the new step a label of its own; what replace names takes the place of a step that is there",
        });
      added.set(label, entry);
    }
  }
  return added;
}

/** A patch that names a step which is not there would do nothing. */
function checkKnown(path: Path, label: string, known: readonly string[]): void {
  if (known.includes(label)) return;
  const what = `path '${path.name}'`;
  const isLeftOut = path.written.includes(label);
  throw new ModelError(
    isLeftOut
      ? `the patch names '${label}', which this variant of ${what} does not have`
      : `the patch names '${label}', which is no label of ${what}${didYouMean(label, known)}`,
    { where: what, remedy: `labels: ${listed(known)}` },
  );
}

/** What a patch has done to a step. */
export type Change = "added" | "replaced" | "dropped";

/** The labels of a patched path in their order, those it has dropped too, with what was done to each; none of a path without a patch. */
export function changesOf({ patched, order, entries }: Path): ReadonlyMap<string, Change | undefined> {
  if (!patched) return new Map();
  const changeOf = (was: unknown, is: unknown): Change | undefined =>
    was === is ? undefined : was === undefined ? "added" : is === undefined ? "dropped" : "replaced";
  return new Map(
    order
      .filter((label) => patched.base.entries.has(label) || entries.has(label))
      .map((label) => [label, changeOf(patched.base.entries.get(label), entries.get(label))]),
  );
}
