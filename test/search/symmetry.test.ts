import assert from "node:assert/strict";
import { test } from "node:test";
import {
  acquire,
  alloc,
  array,
  bool,
  choose,
  done,
  free,
  full,
  int,
  lock,
  once,
  ref,
  relaxed,
  release,
  slab,
  spinlock,
  struct,
  symmetric,
  unlock,
  wait,
  world,
  type Path,
  type StateOf,
} from "faultline";
import * as fc from "fast-check";
import { faultVersusTruncate } from "../../bench/fault-versus-truncate.ts";
import twoFaults from "../../models/scenarios/two-faults.ts";
import { resetDeadLocals } from "../../src/analysis/liveness.ts";
import { ModelError } from "../../src/model/error.ts";
import type { Program } from "../../src/machine/program.ts";
import { scMachine } from "../../src/memory/sc/machine.ts";
import { tsoProgram } from "../../src/memory/tso/program.ts";
import { machineOf, toy } from "../machine/toy.ts";
import { attempt, searchAll } from "./agreement.ts";
import { program } from "./arbitrary.ts";
import { alikeOf, assertReduced, groupsOf } from "./orbits.ts";
import { scenarioOf } from "./program.ts";

test("published: states of the benchmark with its faulters told apart and not", async () => {
  for (const [faulters, pages, full, reduced] of [
    [3, 1, 457_377, 79_105],
    [4, 1, undefined, 699_660],
  ] as const) {
    const program = machineOf(faultVersusTruncate(faulters, pages, "any"));
    assert.equal((await searchAll(program, { symmetry: true })).states, reduced);
    if (full !== undefined) assert.equal((await searchAll(program)).states, full);
  }
});

test("the reduced count is that of the orbits, counted one by one", async () => {
  assert.ok((await assertReduced(machineOf(faultVersusTruncate(2, 1, "any")))) > 0);
  for (const order of ["trylock", "patch4", "december"])
    assert.ok((await assertReduced(machineOf(twoFaults, { order }))) > 0);
});

test("on random programs the reduction changes no verdict and no length, or the declaration is refused", async () => {
  const seen = { reduced: 0, saved: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(program, async (random) => {
      const program = resetDeadLocals(machineOf(scenarioOf(random)));
      if ((await searchAll(program, { maxStates: 400 }).catch(() => ({ cut: "" }))).cut !== undefined) return;
      const saved = await attempt(() => assertReduced(program));
      if (saved instanceof ModelError) {
        assert.match(saved.message, /declared symmetric, but/);
        seen.refused++;
      } else if (groupsOf(program).length > 0) {
        seen.reduced++;
        seen.saved += saved;
      }
    }),
    { seed: 20_201_216, numRuns: 400 },
  );
  for (const [what, count] of Object.entries(seen)) assert.ok(count >= 5, `${what}: ${count}`);
});

const Mm = struct({ ptl: bool, mark: int(0, 2) });
const w = world({ mm: array(2, Mm), at: ref(Mm), turn: int(0, 1), total: int(0, 4) });
type K = StateOf<typeof w>;
const mark = (i: number): Path =>
  w.path(
    "mark",
    {},
    {
      lock: (k) => {
        if (k.mm[i]!.ptl) return wait;
        k.mm[i]!.ptl = true;
      },
      count: (k) => void k.total++,
    },
  );
const refusal = async (program: Program): Promise<ModelError> => {
  const error = await attempt(() => searchAll(program, { symmetry: true }));
  assert.ok(error instanceof ModelError, "it was not refused");
  await searchAll(program);
  return error;
};

test("what only another thread uses moves along with the member it lies beside", async () => {
  const other = w.path(
    "other",
    {},
    {
      "mark any": (k) => {
        const [first, ...rest] = k.mm.filter((mm) => mm.ptl && mm.mark === 0);
        if (!first) return wait;
        choose(first, ...rest).mark = 1;
      },
    },
  );
  assert.ok((await assertReduced(toy({ world: w, threads: { mark: symmetric(2, mark), other } }))) > 0);
});

test("a step that treats one of them specially is refused by name, with what it reads", async () => {
  const special = w.path(
    "special",
    {},
    {
      "first one only": (k) => {
        if (!k.mm[0].ptl) return wait;
        k.mm[0].mark = 1;
      },
    },
  );
  const error = await refusal(toy({ world: w, threads: { mark: symmetric(2, mark), special } }));
  assert.match(
    error.message,
    /'mark' are declared symmetric, but step 'first one only' of path 'special' tells them apart/,
  );
  assert.match(error.explanation.cause!, /mm\[0\]\.ptl/);
  assert.match(error.explanation.where!, /symmetry\.test\.[jt]s:\d+/);
  assert.match(error.explanation.remedy!, /--no-symmetry/);
});

test("a thread that compares its own number is refused", async () => {
  const byNumber = (i: number): Path =>
    w.path(
      "by number",
      {},
      {
        "take the turn": (k) => {
          if (k.turn !== i) return wait;
          k.turn = 1 - i;
        },
      },
    );
  const error = await refusal(toy({ world: w, threads: { t: symmetric(2, byNumber) } }));
  assert.match(error.message, /step 'take the turn' of path 'by number' tells them apart/);
  assert.match(error.explanation.cause!, /turn/);
});

test("a spec or init that tells them apart is refused", async () => {
  const threads = { mark: symmetric(2, mark) };
  const spec = w.always("first-free", "the first is free", (k) => !k.mm[0].ptl);
  assert.match(
    (await refusal(toy({ world: w, threads, specs: [spec] }))).message,
    /spec 'first-free' tells them apart/,
  );
  const init = (k: K): void => void (k.mm[0].mark = 1);
  assert.match((await refusal(toy({ world: w, threads, init }))).message, /init tells them apart/);
});

test("threads with something that a pointer may point at were told apart", async () => {
  const point = w.path("p", {}, { point: (k) => void (k.at = choose(k.mm[0], k.mm[1])) });
  const program = toy({ world: w, threads: { mark: symmetric(2, mark), point } });
  assert.deepEqual(alikeOf(program).names, ["mark"]);
  assert.ok((await assertReduced(program)) > 0);
  // So is another group, that nothing points at.
  const both = toy({ world: w, threads: { mark: symmetric(2, mark), point: symmetric(2, () => point) } });
  assert.deepEqual(alikeOf(both).names, ["point", "mark"]);
  assert.ok((await assertReduced(both)) > 0);
});

test("a pointer that is renamed in one thread alone tells them apart, and the verdict is that of all states", async () => {
  const first = w.path("first", {}, { "at = &mm[0]": (k) => void (k.at = k.mm[0]) });
  const program = toy({ world: w, threads: { mark: symmetric(2, mark), first } });
  assert.deepEqual(alikeOf(program).names, []);
  assert.equal(await assertReduced(program), 0);
});

/** A queue of nodes, one for each CPU, as kernel/locking/mcs_spinlock.h has it; `order` of the exchange of its tail. */
function mcs(cpus: 2 | 3, isAtomic: boolean): Program {
  const Node = struct({ next: ref(() => Node), locked: bool });
  const queue = world({ nodes: array(3, Node), tail: ref(Node), inside: int(0, 3) });
  const path = (i: number): Path =>
    queue.path(
      "mcs",
      { prev: ref(Node), old: ref(Node) },
      {
        "node->locked = 0": (k) => void (k.nodes[i]!.locked = false),
        "prev = xchg(lock, node)":
          isAtomic &&
          full((k, me) => {
            me.prev = k.tail;
            k.tail = k.nodes[i]!;
          }),
        "prev = *lock": !isAtomic && ((k, me) => void (me.prev = k.tail)),
        "*lock = node": !isAtomic && ((k) => void (k.tail = k.nodes[i]!)),
        "prev->next = node": once((k, me) => {
          if (!me.prev) return "inside++";
          me.prev.next = k.nodes[i]!;
          return undefined;
        }),
        "while (!node->locked)": acquire((k) => (k.nodes[i]!.locked ? undefined : wait)),
        "inside++": (k) => void k.inside++,
        "inside--": (k) => void k.inside--,
        "next = node->next": once((k, me) => {
          me.old = k.nodes[i]!.next;
          return me.old ? "next->locked = 1" : undefined;
        }),
        "cmpxchg(lock, node, NULL)": full((k) => {
          if (k.tail !== k.nodes[i]!) return undefined;
          k.tail = null;
          return done;
        }),
        "while (!(next = node->next))": once((k, me) => {
          if (!k.nodes[i]!.next) return wait;
          me.old = k.nodes[i]!.next;
          return undefined;
        }),
        "next->locked = 1": release((_, me) => void (me.old!.locked = true)),
      },
    );
  const alone = queue.always("alone", "one CPU at most is inside", ({ inside }) => inside < 2);
  return toy({ world: queue, threads: { mcs: symmetric(cpus, path) }, specs: [alone] });
}

test("symmetric threads that queue up by pointers to nodes of their own need no list", async () => {
  for (const cpus of [2, 3] as const)
    for (const isAtomic of [true, false]) {
      const program = mcs(cpus, isAtomic);
      assert.deepEqual(alikeOf(program).names, ["mcs"]);
      const found = await searchAll(program, { symmetry: true });
      assert.equal(found.found.has("alone"), !isAtomic);
      assert.equal(found.stuck > 0, !isAtomic);
      assert.ok((await assertReduced(program)) > 0);
    }
});

test("so do those that have flags and pointers of their own in arrays beside, two of each", async () => {
  const Node = struct({ v: int(0, 1) });
  const own = world({ flags: array(2, bool), nodes: array(4, Node), slots: array(2, ref(Node)), head: ref(Node) });
  const path = (i: number): Path =>
    own.path(
      "own",
      { n: ref(Node) },
      {
        "flags[i] = 1": once((k) => void (k.flags[i] = true)),
        "head = nodes[i]": full((k, me) => {
          me.n = k.head;
          k.head = k.nodes[i]!;
        }),
        "slots[i] = n": once((k, me) => void (k.slots[i] = me.n)),
        "n->v = 1": once((_, me) => void (me.n && (me.n.v = 1))),
        "head = nodes[i + 2]": once((k) => void (k.head = k.nodes[i + 2]!)),
        "flags[i] = 0": once((k) => void (k.flags[i] = false)),
      },
    );
  const spec = own.always("other", "a slot points at another node", (k) =>
    k.slots.every((slot, i) => slot !== k.nodes[i]),
  );
  const program = toy({ world: own, threads: { own: symmetric(2, path) }, specs: [spec] });
  assert.deepEqual(alikeOf(program).names, ["own"]);
  assert.ok((await assertReduced(program)) > 0);
});

test("so they need under tso, whose buffers hold pointers to these nodes", async () => {
  const program = tsoProgram(mcs(2, true));
  assert.deepEqual(alikeOf(program).names, ["mcs"]);
  assert.ok((await assertReduced(program)) > 0);
});

test("a run of many threads that are not told apart was looked for among all orders of who is who", async () => {
  const many = 14;
  const counted = world({ n: int(0, many - 1) });
  const path = counted.path("p", {}, { "n++": relaxed((k) => void k.n++), "n--": relaxed((k) => void k.n--) });
  const program = toy({ world: counted, threads: { p: symmetric(many, () => path) } });
  const { found } = await searchAll(program, { symmetry: true });
  // All increments in some order, none of a thread twice: a shortest run, and it replays.
  assert.deepEqual(new Set(found.get("in-range")!.moves.map(({ thread }) => thread)).size, many);
  assert.equal(found.get("in-range")!.moves.length, many);
  const run = scMachine(program).run(found.get("in-range")!);
  assert.ok("failed" in run && run.failed?.check === "in-range");
});

/** Threads that each put an object of a slab on a list, `times` times, and one that takes them all off and frees them. */
function pushers(threads: number, objects: number, frees: boolean, isSymmetric = true): Program {
  const Node = struct({ next: ref(() => Node), v: bool });
  const lists = world({ nodes: slab(Node, objects), head: ref(Node), l: spinlock });
  const push = lists.path(
    "push",
    { node: ref(Node) },
    {
      "node = kmalloc()": alloc((k: StateOf<typeof lists>) => k.nodes).then((_, me: { node: unknown }, node) => {
        me.node = node;
      }),
      "node->v = 1": once((_, me) => void (me.node!.v = true)),
      "spin_lock(&l)": lock((k) => k.l),
      "node->next = head": once((k, me) => void (me.node!.next = k.head)),
      "head = node": once((k, me) => void (k.head = me.node)),
      "spin_unlock(&l)": unlock((k) => k.l),
    },
  );
  const pop = lists.path(
    "pop",
    { node: ref(Node) },
    {
      "spin_lock(&l)": lock((k) => k.l),
      "node = head": once((k, me) => {
        me.node = k.head;
        return me.node ? undefined : "spin_unlock(&l)";
      }),
      "head = node->next": once((k, me) => void (k.head = me.node!.next)),
      "spin_unlock(&l)": unlock((k) => k.l),
      "kfree(node)": free((_, me) => me.node),
    },
  );
  const filled = lists.always("filled", "what is on the list is filled in", (k) => k.head?.v !== false);
  return toy({
    world: lists,
    threads: {
      push: isSymmetric ? symmetric(threads, () => push) : Array.from({ length: threads }, () => push),
      ...(frees && { pop }),
    },
    specs: [filled],
  });
}

test("objects of a slab were told apart by their numbers", async () => {
  for (const [threads, objects, frees, isSymmetric, names] of [
    [2, 2, false, false, ["nodes"]],
    [3, 3, false, false, ["nodes"]],
    [2, 2, true, false, ["nodes"]],
    [2, 3, true, true, ["push", "nodes"]],
    [3, 3, false, true, ["push", "nodes"]],
  ] as const) {
    const program = pushers(threads, objects, frees, isSymmetric);
    assert.deepEqual(alikeOf(program).names, names);
    assert.ok((await assertReduced(program)) > 0);
  }
});
