import { array, bool, bugOn, call, choose, done, ghost, guarded, int, oneOf, pointer, ref, struct } from "faultline";
import { scenario, symmetric, wait, world } from "faultline";
import type { Drafts, Path, Scenario, StateOf } from "faultline";
import type { Entry, Flow } from "../../src/model/path.ts";
import type { SpecKind } from "../../src/model/spec.ts";

// A random model is data, so that it can shrink and be printed. Every variable is used as a number: a word of oneOf
// by its position, a pointer by the page it points at, counted from 1.
export type Values = readonly [number, ...number[]];

export interface Condition {
  readonly of: string;
  readonly is: number;
  readonly not: boolean;
}
/** `if (when) to = of + choose(plus)` */
export interface Assign {
  readonly kind: "assign";
  readonly when: Condition | null;
  readonly to: string;
  readonly of: string | null;
  readonly plus: Values;
}
export interface Bug {
  readonly kind: "bug";
  readonly when: Condition;
}
/** `if (when) goto target`; a target behind the last step is the end of the path. */
export interface Jump {
  readonly when: Condition | null;
  readonly target: number;
}
export interface Step {
  readonly kind: "step";
  readonly wait: Condition | null;
  readonly acts: readonly (Assign | Bug)[];
  readonly jump: Jump | null;
}
/** A call of a subroutine, which gets the caller's page and `n`, and may give its own `n` back. */
export interface Call {
  readonly kind: "call";
  readonly sub: number;
  /** A number to pass on, or null for the caller's `n`. */
  readonly n: number | null;
  readonly givesBack: boolean;
  readonly jump: Jump | null;
}
export interface Thread {
  readonly count: number;
  readonly isSymmetric: boolean;
  readonly steps: readonly (Step | Call)[];
}
export interface Program {
  readonly init: readonly { readonly to: string; readonly values: Values }[];
  /** The second one may call the first. */
  readonly subs: readonly (readonly (Step | Call)[])[];
  readonly threads: readonly Thread[];
  /** A spec holds where one of the conditions does. */
  readonly specs: readonly { readonly kind: SpecKind; readonly any: readonly Condition[] }[];
}

export const MOST_THREADS = 4;

const Page = struct({ locked: bool, count: int(0, 2), next: ref(() => Page) });
const Own = struct({ flag: bool, n: int(0, 2) });
const MODES = ["idle", "busy", "gone"] as const;
export const w = world({
  x: int(0, 2),
  below: int(-2, 1, -1),
  mode: oneOf(...MODES),
  lock: bool,
  held: guarded("lock", int(0, 1)),
  seen: ghost(int(0, 2)),
  pages: array(2, Page),
  slot: ref(Page),
  first: pointer(Page),
  own: array(MOST_THREADS, Own),
});
const locals = { n: int(0, 2, 1), flag: bool, page: ref(Page) } as const;

type K = StateOf<typeof w>;
type Me = Drafts<typeof locals>;
/** The state as a step of a thread sees it; a spec has no locals. */
interface View {
  readonly k: K;
  readonly me: Me;
  readonly i: number;
}
interface Variable {
  get(view: View): number;
  set(view: View, value: number): void;
}

const remainder = (value: number, of: number): number => ((value % of) + of) % of;
const pageAt = (k: K, value: number) => [null, ...k.pages][remainder(value, 3)]!;
const indexOf = (k: K, page: K["slot"]): number => (page ? k.pages.indexOf(page) + 1 : 0);

const shared: Readonly<Record<string, Variable>> = {
  x: { get: ({ k }) => k.x, set: ({ k }, value) => void (k.x = value) },
  below: { get: ({ k }) => k.below, set: ({ k }, value) => void (k.below = value) },
  mode: { get: ({ k }) => MODES.indexOf(k.mode), set: ({ k }, value) => void (k.mode = MODES[remainder(value, 3)]!) },
  lock: { get: ({ k }) => Number(k.lock), set: ({ k }, value) => void (k.lock = value % 2 !== 0) },
  held: { get: ({ k }) => k.held, set: ({ k }, value) => void (k.held = value) },
  seen: { get: ({ k }) => k.seen, set: ({ k }, value) => void (k.seen = value) },
  slot: { get: ({ k }) => indexOf(k, k.slot), set: ({ k }, value) => void (k.slot = pageAt(k, value)) },
  "pages[1].count": { get: ({ k }) => k.pages[1].count, set: ({ k }, value) => void (k.pages[1].count = value) },
  "slot?->count": {
    get: ({ k }) => k.slot?.count ?? 0,
    set: ({ k }, value) => {
      if (k.slot) k.slot.count = value;
    },
  },
  first: {
    get: ({ k }) => k.pages.indexOf(k.first),
    set: ({ k }, value) => void (k.first = k.pages[remainder(value, 2)]!),
  },
  "slot?->next": {
    get: ({ k }) => indexOf(k, k.slot?.next ?? null),
    set: ({ k }, value) => {
      if (k.slot) k.slot.next = pageAt(k, value);
    },
  },
  "first->next?->count": {
    get: ({ k }) => k.first.next?.count ?? 0,
    set: ({ k }, value) => {
      if (k.first.next) k.first.next.count = value;
    },
  },
  "slot?->locked": {
    get: ({ k }) => Number(k.slot?.locked ?? false),
    set: ({ k }, value) => {
      if (k.slot) k.slot.locked = value % 2 !== 0;
    },
  },
};
const own: Readonly<Record<string, Variable>> = {
  "own[i].flag": {
    get: ({ k, i }) => Number(k.own[i]!.flag),
    set: ({ k, i }, value) => void (k.own[i]!.flag = value % 2 !== 0),
  },
  "own[i].n": { get: ({ k, i }) => k.own[i]!.n, set: ({ k, i }, value) => void (k.own[i]!.n = value) },
};
const local: Readonly<Record<string, Variable>> = {
  "me.n": { get: ({ me }) => me.n, set: ({ me }, value) => void (me.n = value) },
  "me.flag": { get: ({ me }) => Number(me.flag), set: ({ me }, value) => void (me.flag = value % 2 !== 0) },
  "me.page": { get: ({ k, me }) => indexOf(k, me.page), set: ({ k, me }, value) => void (me.page = pageAt(k, value)) },
};
const throughLocal: Readonly<Record<string, Variable>> = {
  "me.page?->count": {
    get: ({ me }) => me.page?.count ?? 0,
    set: ({ me }, value) => {
      if (me.page) me.page.count = value;
    },
  },
};
/** Throws where `slot` is null. */
const wild: Readonly<Record<string, Variable>> = {
  "slot->count": { get: ({ k }) => k.slot!.count, set: ({ k }, value) => void (k.slot!.count = value) },
};
const variables = { ...shared, ...own, ...local, ...throughLocal, ...wild };

export const names = {
  shared: Object.keys(shared),
  own: Object.keys(own),
  /** What the end of a call may look at. */
  local: ["me.n", "me.flag"],
  /** What a subroutine may use: it does not know its thread. */
  anywhere: Object.keys({ ...shared, ...local, ...throughLocal }),
  wild: Object.keys(wild),
};

const holds = ({ of, is, not }: Condition, view: View): boolean => (variables[of]!.get(view) === is) !== not;

function run(step: Step, view: View): void {
  for (const act of step.acts) {
    if (act.kind === "bug") bugOn(holds(act.when, view), "a bug");
    else if (!act.when || holds(act.when, view))
      variables[act.to]!.set(view, (act.of === null ? 0 : variables[act.of]!.get(view)) + choose(...act.plus));
  }
}

function follow(jump: Jump | null, view: View, length: number): Flow {
  if (jump && (!jump.when || holds(jump.when, view))) return jump.target < length ? `s${jump.target}` : done;
}

const NOBODY: Me = { n: 0, flag: false, page: null };

function pathOf(name: string, steps: readonly (Step | Call)[], subs: readonly Path<K, Me>[], i: number): Path<K, Me> {
  const entryOf = (step: Step | Call): Entry<K, Me, string> => {
    const { jump } = step;
    if (step.kind === "step")
      return (k, me) => {
        const view = { k, me, i };
        if (step.wait && holds(step.wait, view)) return wait;
        run(step, view);
        return follow(jump, view, steps.length);
      };
    const { sub, n, givesBack } = step;
    return call(
      subs[sub]!,
      (me: Me) => ({ n: n ?? me.n, page: me.page }),
      (me: Me, callee) => {
        if (givesBack) me.n = callee.n;
        // Only locals are read here, so that the world may be anything.
        return follow(jump, { k: undefined as never, me, i }, steps.length);
      },
    );
  };
  return w.path(name, locals, Object.fromEntries(steps.map((step, s) => [`s${s}`, entryOf(step)])));
}

/** The scenario that a program stands for. */
export function scenarioOf({ init, subs, threads, specs }: Program): Scenario {
  const [first] = subs.slice(0, 1).map((steps) => pathOf("sub0", steps, [], 0));
  const paths = [first!, ...subs.slice(1).map((steps) => pathOf("sub1", steps, [first!], 0))];
  let before = 0;
  const named = threads.map(({ count, isSymmetric, steps }, t) => {
    const start = before;
    before += count;
    const path = (i: number) => pathOf(`thread ${t}`, steps, paths, start + i);
    const list = Array.from({ length: count }, (_, i) => path(i));
    return [`t${t}`, isSymmetric ? symmetric(count, (i) => list[i]!) : list] as const;
  });
  return scenario("random", {
    about: "A random program",
    world: w,
    params: {},
    threads: () => Object.fromEntries(named),
    init: (k) => {
      for (const { to, values } of init) variables[to]!.set({ k, me: NOBODY, i: 0 }, choose(...values));
    },
    specs: specs.map(({ kind, any }, s) =>
      w[kind](`spec-${s}`, "one of the conditions is met", (k) =>
        any.some((condition) => holds(condition, { k, me: NOBODY, i: 0 })),
      ),
    ),
  });
}
