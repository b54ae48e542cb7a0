import type { Cell } from "../../model/access.ts";
import type { Value } from "../../model/domain.ts";
import { InternalError } from "../../model/error.ts";
import type { Machine, Option, Run, Step, Taken } from "../../machine/machine.ts";
import { initialStates, type Program } from "../../machine/program.ts";
import { DONE, type State } from "../../machine/state.ts";
import type { TraceStep } from "../../machine/trace.ts";
import { scMachine } from "../sc/machine.ts";
import { accountLkmm } from "./account.ts";
import { brokenAxiom } from "./axioms.ts";
import { failureOf, writesOf } from "./effect.ts";
import { isSequential, Recorder, type LkmmStep, type ToldRun } from "./execution.ts";
import { closing } from "./load-cycles.ts";
import { lkmmEnds } from "./ends.ts";
import { forbiddingOrders } from "./forbidding.ts";
import { initialOf, presentValue, type Layout } from "./layout.ts";
import { Lkmm } from "./lkmm.ts";
import { type LkmmEffect } from "./transitions.ts";
import { toldOf } from "./merge-barriers.ts";
import { recordLkmm } from "./record.ts";
import { passesFlush } from "../../analysis/words.ts";
import { isQualifier } from "../../model/order.ts";
import { litmusOf } from "./run-as-litmus.ts";
import { outgrowing, searchLkmm } from "./search.ts";
import { lkmmSpecs } from "./spec.ts";
import { stepsOfLkmm } from "./tell.ts";
import { unseenLkmm } from "./unseen.ts";

/** LKMM's machine as any other, and what its own search needs besides. */
export interface LkmmMachine extends Machine<Int32Array> {
  readonly lkmm: Lkmm;
}

/** The Linux-kernel memory model. Throws a ModelError that names a step which has no meaning there. */
export function lkmmMachine(source: Program): LkmmMachine {
  const lkmm = new Lkmm(source);
  const { layout } = lkmm;
  const { program } = layout;
  const specs = lkmmSpecs(lkmm);
  const stepOf = (effect: LkmmEffect, before: Int32Array): Step<Int32Array> => {
    const { thread, picks, taken, state } = effect;
    const failed = failureOf(layout, { before, effect });
    const outgrows = outgrowing(lkmm, effect);
    return {
      thread,
      key: keyOf(effect),
      move: { thread, picks },
      point: taken?.point,
      reads: readsOf(effect),
      to: failed ? undefined : state,
      failed,
      ...(taken && { way: taken.leaf }),
      ...(outgrows !== undefined && { outgrows }),
      meets: (spec) => spec.kind !== "atEnd" && specs(spec).askOfStore(before, effect),
      account: () => accountLkmm(lkmm, before, effect),
    };
  };
  const machine: LkmmMachine = {
    memory: "lkmm",
    isSequential: false,
    lkmm,
    program,
    running: program,
    get initial() {
      return initialStates(program).map((state) => initialOf(layout, state));
    },
    key: (state) => state.join(),
    isDone: (state) => lkmm.isDone(state),
    pointOf: (state, thread) => state[layout.points + thread]! + DONE,
    forEachStep: (state, visit, which = "reduced") => {
      if (which === "all") for (const effect of lkmm.effects(state)) visit(stepOf(effect, state));
      else lkmm.forEachEffect(state, (effect) => visit(stepOf({ ...effect, state: effect.state.slice() }, state)));
    },
    read: (state, cell) => presentValue(layout, state, cell),
    isOrdered: (cell) => layout.listOf.has(cell),
    unseen: unseenLkmm(lkmm),
    eventually: (state) => lkmm.eventually(state),
    ask: (spec, state) => specs(spec).ask(state),
    run: (schedule) => {
      const recorder = recordLkmm(lkmm, schedule);
      if ("obstacle" in recorder) return recorder;
      const { moves, ...run } = recorder.finish();
      return new LkmmRun(machine, { initial: schedule.initial, moves }, run, recorder);
    },
    along: (initial, keys) => {
      const recorder = new Recorder(lkmm, machine.initial[initial]!);
      for (const key of keys) {
        const effect = recorder.effects().find((one) => keyOf(one) === key);
        if (!effect) throw new InternalError(`no step ${key} can be taken in a run under lkmm`);
        recorder.take(effect);
      }
      const { moves, ...run } = recorder.finish();
      return new LkmmRun(machine, { initial, moves }, run, recorder);
    },
    allowsAll: false,
    overtaken: (ways) => closing(layout.unordered, layout.threads, ways && ((_, __, leaf) => ways.has(leaf))),
    ends: (fields, maxStates) => lkmmEnds(lkmm, fields, maxStates),
    search: (limits) => searchLkmm(lkmm, limits),
  };
  return machine;
}

const keyOf = ({ thread, picks, at, inserted }: LkmmEffect): string =>
  `${thread} ${picks.join()} ${at ?? ""} ${inserted ?? ""}`;

const readsOf = ({ taken }: LkmmEffect): ReadonlyMap<Cell, Value> =>
  taken && "reads" in taken.leaf ? taken.leaf.reads : new Map<Cell, Value>();

/**
 * A run under LKMM. Memory has no "now": what a step found is the store that it read or put its own behind, and what it came
 * too early for are the stores behind that one in coherence order. Everything else has one value for all.
 */
class LkmmRun implements Run<Int32Array> {
  readonly machine: LkmmMachine;
  readonly schedule: Run["schedule"];
  readonly states: readonly Int32Array[];
  readonly taken: readonly Taken[];
  readonly failed: Run["failed"];
  private readonly run: ToldRun;
  private readonly recorder: Recorder;
  private readonly layout: Layout;
  private tellings: readonly TraceStep[] | undefined;

  constructor(machine: LkmmMachine, schedule: Run["schedule"], run: ToldRun, recorder: Recorder) {
    this.machine = machine;
    this.schedule = schedule;
    this.run = run;
    this.recorder = recorder;
    this.layout = machine.lkmm.layout;
    this.states = [...run.steps.map(({ before }) => before), run.final];
    this.taken = takenIn(this.layout, run);
    const last = run.steps.at(-1);
    this.failed = last && failureOf(this.layout, last);
  }

  get steps(): readonly TraceStep[] {
    return (this.tellings ??= stepsOfLkmm(this.layout, this.run));
  }

  names(): Run["steps"] {
    return this.told().steps;
  }

  told(): LkmmRun {
    const told = toldOf(this.run);
    return told.steps.length === this.run.steps.length
      ? this
      : new LkmmRun(this.machine, this.schedule, told, this.recorder);
  }

  /** Here anything may be done that the machine allows, also what its search has no need to look at. */
  options(): readonly Option[] {
    if (this.failed) return [];
    const { recorder, run } = this;
    return recorder.effects().map((effect): Option => ({
      move: recorder.moveOf(effect),
      account: accountLkmm(this.machine.lkmm, run.final, effect, (list, position) => recorder.threadOf(list, position)),
      writes: writesOf({ effect }),
      fails: effect.taken?.leaf.kind === "violation" ? effect.taken.leaf.check : undefined,
    }));
  }

  forbiddenBy(): string | undefined {
    return brokenAxiom(this.run.execution);
  }

  coherence(cell: Cell): readonly number[] {
    const stores = this.storesTo(cell);
    if (stores) return stores.filter((store) => this.writes(store, cell)).map((store) => this.run.stepOf[store]!);
    return this.taken.flatMap((one, step) => (isWriter(one, cell) ? step : []));
  }

  found(step: number, cell: Cell): number {
    const stores = this.storesTo(cell);
    if (!stores) {
      for (let i = step - 1; i >= 0; i--) if (isWriter(this.taken[i]!, cell)) return i;
      return -1;
    }
    const writer = stores.slice(0, this.placeOf(step, stores) + 1).findLast((store) => this.writes(store, cell));
    return writer === undefined ? -1 : this.run.stepOf[writer]!;
  }

  /** The stores to a cell's word in coherence order, if it is memory. */
  private storesTo(cell: Cell): readonly number[] | undefined {
    const list = this.layout.listOf.get(cell);
    return list === undefined ? undefined : this.run.execution.co[list]!;
  }

  private writes(store: number, cell: Cell): boolean {
    const step = this.run.stepOf[store]!;
    return step >= 0 && this.taken[step]!.writes.has(cell);
  }

  /** Where in them is what a step found. */
  private placeOf(step: number, stores: readonly number[]): number {
    if (step === this.taken.length) return stores.length - 1;
    const { from, store } = this.run.steps[step]!;
    return from === undefined ? stores.indexOf(store!) - 1 : stores.indexOf(from);
  }

  again(step: number): ReturnType<Run["again"]> {
    const { before, effect, from } = this.run.steps[step]!;
    const { thread, picks, taken } = effect;
    // Other fields of the word that it loads have the values of the same store.
    const isLoaded = (cell: Cell): boolean => from !== undefined && this.storesTo(cell)?.includes(from) === true;
    const base = (cell: Cell): Value => {
      const read = this.taken[step]!.reads.get(cell);
      if (read !== undefined) return read;
      if (!isLoaded(cell)) return presentValue(this.layout, before, cell);
      const writer = this.found(step, cell);
      return writer < 0 ? presentValue(this.layout, this.states[0]!, cell) : this.taken[writer]!.writes.get(cell)!;
    };
    return { thread: this.machine.program.threads[thread]!, point: taken!.point, picks, base };
  }

  get outOfTime(): NonNullable<Run["outOfTime"]> {
    const { machine, layout, run, schedule } = this;
    const links = communications(run);
    const isInOrder = isSequential(layout, run);
    return {
      isSequential: isInOrder,
      inTime: (): Run<State> | undefined => {
        if (!isInOrder || run.steps.some(({ effect }) => !effect.taken)) return undefined;
        const moves = run.steps.map(({ effect: { thread, picks } }) => ({ thread, picks }));
        const other = scMachine(machine.program).run({ initial: schedule.initial, moves });
        return "obstacle" in other ? undefined : other;
      },
      forbidding: () => forbiddingOrders(run),
      communicates: (step) => [...links[step]!],
      isAccess: (step) => (run.steps[step]!.load ?? run.steps[step]!.store) !== undefined,
      fence: (step) => {
        const { thread, taken } = run.steps[step]!.effect;
        if (!taken) return run.steps.slice(0, step).findLastIndex(({ effect }) => effect.thread === thread);
        const point = layout.threads[thread]!.points[taken.point]!;
        return isQualifier(point.order) || passesFlush(point, taken.leaf) ? undefined : "fence";
      },
      litmus: () => litmusOf(layout, run),
    };
  }
}

const isWriter = ({ writes, forgotten }: Taken, cell: Cell): boolean => writes.has(cell) && !forgotten.has(cell);

/** By step: those of other CPUs that see, overwrite or come too late for what it did. */
function communications({ steps, stepOf, execution: { rf, co } }: ToldRun): readonly ReadonlySet<number>[] {
  const links = steps.map(() => new Set<number>());
  const threadOf = (step: number): number => steps[step]!.effect.thread;
  const link = (from: number, to: number): void => {
    if (from >= 0 && to >= 0 && threadOf(from) !== threadOf(to)) links[from]!.add(to);
  };
  for (const [store, load] of rf) {
    const stores = co.find((list) => list.includes(store))!;
    link(stepOf[store]!, stepOf[load]!);
    for (const later of stores.slice(stores.indexOf(store) + 1)) link(stepOf[load]!, stepOf[later]!);
  }
  for (const stores of co)
    for (const [i, store] of stores.entries())
      for (const later of stores.slice(i + 1)) link(stepOf[store]!, stepOf[later]!);
  return links;
}

const takenIn = ({ program }: Layout, { steps, stepOf }: ToldRun): readonly Taken[] =>
  steps.map((step, i): Taken => {
    const { effect, from, newest } = step;
    const { thread, taken } = effect;
    // A barrier that stands apart is behind the last step of its thread.
    const own = taken ?? steps.slice(0, i).findLast((other) => isStepOf(other, thread))!.effect.taken!;
    const leaf = taken?.leaf;
    const isBlind = newest !== undefined && from !== undefined && newest !== from && stepOf[newest]! >= 0;
    return {
      thread,
      key: keyOf(effect),
      point: program.threads[thread]!.points[own.point]!,
      reads: readsOf(effect),
      writes: writesOf(step),
      forgotten: leaf?.kind === "moved" ? leaf.forgotten : new Set(),
      fails: leaf?.kind === "violation",
      ...(isBlind && { overlooks: stepOf[newest]! }),
    };
  });

const isStepOf = ({ effect }: LkmmStep, thread: number): boolean =>
  effect.thread === thread && effect.taken !== undefined;
