import { access, WAITS, type Cell, type Holds } from "./access.ts";
import { group, type Group } from "./group.ts";
import { goingOn, type Releasing, type Taking } from "./locks.ts";
import { A_QUEUE, A_SLEEP, A_TASK, operation, type Jump, type WhichLock } from "./named-lock.ts";
import { checkSleep } from "./owner.ts";
import { Operation, asStep, condition, wait, withOrder, type AnyStep, type Qualifiable } from "./path.ts";
import { smpMb } from "./qualifiers.ts";

/*
 * Sleeping and waking, as kernel/sched/wait.c and kernel/sched/core.c of v6.12 have it. A wait queue is one word, which holds who is
 * in it and has not been woken: what the kernel does under the lock of the queue is an RMW of that word.
 */

type Queued = Holds["queued"] extends ReadonlyMap<Cell, infer Q> ? Q : never;
const queuedIn = (queue: Cell): Queued => access().holds!.queued.get(queue)!;
const countOf = (queue: Cell): number => Number(access().read(queue));

function join(queue: Cell, how: typeof WAITS.shared | typeof WAITS.exclusive): void {
  const { own } = queuedIn(queue);
  if (access().read(own!) !== WAITS.no) {
    access().write(own!, access().read(own!));
    return;
  }
  access().write(own!, how);
  access().write(queue, countOf(queue) + 1);
}

function leave(queue: Cell): void {
  const { own } = queuedIn(queue);
  if (own === undefined || access().read(own) === WAITS.no) return;
  access().write(own, WAITS.no);
  access().write(queue, countOf(queue) - 1);
}

/** Wakes all who share, and of the others one, or all of them; whether there was anybody. */
function wake(queue: Cell, isAll: boolean): boolean {
  const { all } = queuedIn(queue);
  const now = countOf(queue);
  const first = all.filter((one) => access().read(one) === WAITS.shared);
  const alone = all.filter((one) => access().read(one) === WAITS.exclusive);
  const chosen = isAll || alone.length < 2 ? alone : [alone[access().choose(alone.length)]!];
  for (const one of [...first, ...chosen]) access().write(one, WAITS.no);
  // Under the lock of the queue, so that this is an RMW even if nobody waits.
  access().write(queue, now - first.length - chosen.length);
  return first.length + chosen.length > 0;
}

interface Queueing {
  <K, M>(which: WhichLock<K, M>): Group<K, M, void>;
}
const step = (made: Operation<never, never, never> | Operation<never, never, unknown>): AnyStep => made as AnyStep;
const joining = (name: string, which: never, how: Parameters<typeof join>[1]): AnyStep =>
  step(operation([name, "acquire", A_QUEUE], which, (queue) => join(queue, how)));

/**
 * prepare_to_wait(): from now on a wake-up is for this thread, too, until finishWait(). Its set_current_state() is smp_store_mb():
 * what the thread reads behind it comes later.
 */
export const prepareToWait: Queueing = ((which: never) =>
  group(() => [joining("prepareToWait", which, WAITS.shared), SET_STATE])) as Queueing;
/** prepare_to_wait_exclusive(): the same, as one of those of whom a wake-up is for one. */
export const prepareToWaitExclusive: Queueing = ((which: never) =>
  group(() => [joining("prepareToWaitExclusive", which, WAITS.exclusive), SET_STATE])) as Queueing;
const SET_STATE = ["set_current_state(): smp_mb()", smpMb] as const;

const sleeping = (which: never): AnyStep =>
  step(
    operation(["schedule", "acquire", A_SLEEP], which, (cell): typeof wait | undefined => {
      const own = A_TASK.is(cell) ? cell : queuedIn(cell).own;
      const isAsleep = own !== undefined && ![false, WAITS.no].includes(access().read(own) as never);
      return isAsleep ? wait : undefined;
    }),
  );
/** The barrier with which it begins; it must not be where one must not sleep. */
const toSleep = (what: string): AnyStep => ({ ...smpMb, run: () => checkSleep(what), operation: "mightSleep" });

/** schedule(): sleeps until another thread wakes this one in the queue, or wakes its task. smp_mb() first; acquire. */
export const schedule: Queueing = ((which: never) =>
  group(() => [toSleep("schedule() sleeps"), ["sleeps", sleeping(which)]])) as Queueing;
/** finish_wait(): TASK_RUNNING, and no longer in the queue, if nobody has woken it. Acquire. */
export const finishWait: Releasing = goingOn((which) => operation(["finishWait", "acquire", A_QUEUE], which, leave));

/** Where a condition is tested; a bare function is a READ_ONCE(). */
type Condition<K, M> = Qualifiable<K, M, boolean>;
const tested = (given: Condition<never, never>): Operation<never, never, boolean> => {
  const inner = asStep(given);
  const isOrdered = typeof given !== "function" || withOrder.has(inner);
  return new Operation<never, never, boolean>({ ...inner, order: isOrdered ? inner.order : "once" });
};

interface Waiting {
  <K, M>(which: WhichLock<K, M>, holds: Condition<K, M>): Group<K, M, void>;
}
const waiting =
  (how: Parameters<typeof join>[1]) =>
  (which: never, holds: Condition<never, never>): Group<never, never, void> =>
    group((at) => {
      const test = tested(holds);
      const first = test.then({ true: at("end") });
      return [
        { ...step(first), run: (k: never, me: never) => (checkSleep("wait_event() may sleep"), first.run(k, me)) },
        ["prepare_to_wait_event()", joining("waitEvent", which, how)],
        SET_STATE,
        ["condition", step(test.then({ true: at("finish_wait()") }))],
        ["schedule()", toSleep("schedule() sleeps")],
        ["schedule(): sleeps", { ...sleeping(which), run: again(sleeping(which).run, at("prepare_to_wait_event()")) }],
        ["finish_wait()", step(finishWait(which) as never)],
        ["end", false],
      ];
    });
const again =
  (run: AnyStep["run"], label: string): AnyStep["run"] =>
  (k, me) =>
    run(k, me) ?? label;

/**
 * wait_event(): until `holds`, which is one load, the thread waits in the queue. It tests before, and again each time it has got
 * ready to sleep, so that no wake-up is lost that comes behind what makes it true.
 */
export const waitEvent: Waiting = waiting(WAITS.shared) as unknown as Waiting;
/** wait_event_exclusive() and its like: the same, as one of those of whom a wake-up is for one. */
export const waitEventExclusive: Waiting = waiting(WAITS.exclusive) as unknown as Waiting;

const waking = (name: string, isAll: boolean): Queueing =>
  ((which: never) => {
    const made = operation([name, "release", A_QUEUE], which, (queue) => wake(queue, isAll));
    return group((at) => [
      step(made.then({ false: at("end") })),
      ["try_to_wake_up(): smp_mb()", smpMb],
      ["end", false],
    ]);
  }) as Queueing;
/**
 * wake_up(): wakes who is in the queue; of those that wait exclusively one, whichever. What came before it, a woken thread sees.
 * It is a full barrier if it wakes anybody.
 */
export const wakeUp: Queueing = waking("wakeUp", false);
/** wake_up_all(): the same for all of them. */
export const wakeUpAll: Queueing = waking("wakeUpAll", true);

interface Asking {
  <K, M, const L extends Jump>(which: WhichLock<K, M>, otherwise: L): Group<K, M, NoInfer<L> | undefined>;
}
const active = (name: string, which: never, otherwise: Jump): AnyStep =>
  step(condition(operation([name, "once", A_QUEUE], which, (queue) => countOf(queue) > 0))(otherwise) as never);
/** waitqueue_active(): goes on at `otherwise` if nobody is in it. A load without order: smp_mb() belongs before it. */
export const waitqueueActive: Asking = ((which: never, otherwise: Jump) =>
  group(() => [active("waitqueueActive", which, otherwise)])) as Asking;
/** wq_has_sleeper(): smp_mb(), then waitqueue_active(). */
export const wqHasSleeper: Asking = ((which: never, otherwise: Jump) =>
  group(() => [smpMb, ["waitqueue_active()", active("wqHasSleeper", which, otherwise)]])) as Asking;

const setTo = (name: string, which: never, isAsleep: boolean): AnyStep =>
  step(operation([name, "once", A_TASK], which, (cell): void => access().write(cell, isAsleep)));
/** set_current_state(TASK_UNINTERRUPTIBLE), of one's own task: smp_store_mb(). What the thread reads behind it comes later. */
export const setCurrentState: Queueing = ((which: never) =>
  group(() => [setTo("setCurrentState", which, true), ["smp_mb()", smpMb]])) as Queueing;
/** __set_current_state(TASK_UNINTERRUPTIBLE): the same without the barrier. */
export const setCurrentStateOnce: Taking = goingOn((which) => setTo("setCurrentStateOnce", which, true) as never);
/** __set_current_state(TASK_RUNNING): the thread does not sleep after all. */
export const setRunning: Taking = goingOn((which) => setTo("setRunning", which, false) as never);
/** wake_up_process(): wakes a task if it sleeps. A full barrier before it looks at the task's state. */
export const wakeUpProcess: Queueing = ((which: never) =>
  group(() => [
    smpMb,
    [
      "ttwu_state_match()",
      step(
        operation(["wakeUpProcess", "relaxed", A_TASK], which, (cell): void => {
          if (access().read(cell) === true) access().write(cell, false);
        }),
      ),
    ],
  ])) as Queueing;

/** The step puts its thread into a wait queue. */
export const waits = ({ operation: name = "" }: AnyStep): boolean => /^(prepareToWait|waitEvent)/.test(name);
