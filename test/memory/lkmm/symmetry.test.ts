import assert from "node:assert/strict";
import { test } from "node:test";
import { acquire, array, int, once, ref, release, struct, symmetric, world } from "faultline";
import { locklessMap } from "../../../bench/lockless-map.ts";
import { resetDeadLocals } from "../../../src/analysis/liveness.ts";
import { Lkmm } from "../../../src/memory/lkmm/lkmm.ts";
import { searchLkmm, type LkmmExploration } from "../../../src/memory/lkmm/search.ts";
import type { Program } from "../../../src/machine/program.ts";
import { numbers } from "../random-programs.ts";
import { machineOf, modelError, toy } from "../../machine/toy.ts";
import { searchAll } from "../../search/agreement.ts";
import { lkmmOrbits, lkmmStates } from "./orbits.ts";
import { symmetricProgram } from "../../search/symmetric-programs.ts";
import { endOf } from "../../explore-all.ts";

const searched = (program: Program, symmetry: boolean): LkmmExploration =>
  endOf(searchLkmm(new Lkmm(program), { symmetry }));

/** The reduced search counts each orbit once and says the same; returns how many states it saves. */
function assertReduced(program: Program, members: number, name: string): number {
  const [full, reduced] = [searched(program, false), searched(program, true)];
  assert.equal(reduced.symmetric.length, 1, name);
  const lengths = ({ found }: LkmmExploration) =>
    [...found].map(([spec, { moves }]) => `${spec} in ${moves.length}`).toSorted();
  assert.deepEqual(lengths(reduced), lengths(full), name);
  assert.deepEqual(reduced.uncertain, full.uncertain, name);
  assert.equal(reduced.depth, full.depth, name);
  assert.equal(reduced.done > 0, full.done > 0, name);
  assert.equal(reduced.stuck > 0, full.stuck > 0, name);
  assert.deepEqual(reduced.unordered, full.unordered, name);
  assert.equal(lkmmStates(program, true).states.size, lkmmOrbits(program, members), name);
  return full.states - reduced.states;
}

test("under lkmm the reduced count of the lockless map protocol is that of the orbits, counted one by one", () => {
  const program = resetDeadLocals(machineOf(locklessMap(2)));
  assert.ok(assertReduced(program, 2, "lockless map") > 2500);
  assert.equal(searched(program, true).states, lkmmStates(program, true).states.size);
});

for (const [members, text, other] of [
  [2, "W x 1 once; R m once", undefined],
  [3, "I x relaxed; R x once", undefined],
  [2, "W m 1 once; R m acquire; W x 1 release", "R m once; mb; R x once"],
  [2, "L lock; I m once; U lock; R x once", "W x 1 once; W m 1 once"],
  [2, "T l; I x relaxed; U l", "T l; W x 2 once; U l"],
  [2, "T lock; R x once; B; W m 2 once; U lock", "W x 1 once; L l; U l"],
  [2, "rcu(; R x once; R m once; rcu)", "W m 1 once; gp; W x 1 once"],
  [2, "walk m; use x; W m 1 once", "W x 1 once; W m 2 once; flush"],
  [2, "walk x; use m; R x once", "W x 1 once; W m 1 once; flush"],
  [2, "walk m; use x; flush; R x once", "W x 1 once; W m 2 once; flush"],
  [2, "I m full; R x once; B; W m 2 release", "W x 1 once; wmb; W m 1 once"],
] as const)
  test(`under lkmm ${members} threads of '${text}'${other ? ` against '${other}'` : ""} count as one another`, () => {
    assertReduced(symmetricProgram(members, text, other), members, text);
  });

/** Each waits until the other has put its node into the slot that is its own, or into the one that all share. */
function nodes(withSlots: boolean): Program {
  const Node = struct({ v: int(0, 1), next: ref(() => Node) });
  const w = world({ nodes: array(2, Node), head: ref(Node) });
  const path = (i: number) =>
    w.path(
      "push",
      { first: ref(Node), r: int(0, 1) },
      {
        "node->v = 1": once((k) => void (k.nodes[i]!.v = 1)),
        "first = head": once((k, me) => void (me.first = k.head)),
        "node->next = first": withSlots && once((k, me) => void (k.nodes[i]!.next = me.first)),
        "head = node": release((k) => void (k.head = k.nodes[i]!)),
        "r = first->v": once((_, me) => void (me.r = me.first?.v ?? 1)),
      },
    );
  const seen = w.always("seen", "what is on the list is filled in", (k) => !k.head || k.head.v === 1);
  return toy({ world: w, threads: { push: symmetric(2, path) }, specs: [seen] });
}

test("under lkmm threads that pointers point at count as one another", () => {
  assert.ok(assertReduced(nodes(false), 2, "head") > 0);
  assert.ok(assertReduced(nodes(true), 2, "list") > 0);
});

test("under lkmm the reduction changes no verdict, no length and no orbit on random programs", () => {
  const next = numbers(7);
  const pick = <T>(options: readonly T[]): T => options[next(options.length)]!;
  const instruction = (): string => {
    const variable = pick(["x", "m"]);
    switch (next(8)) {
      case 0:
        return pick(["mb", "rmb", "wmb"]);
      case 1:
      case 2:
      case 3:
        return `R ${variable} ${pick(["once", "acquire"])}`;
      case 4:
        return `I ${variable} ${pick(["full", "relaxed", "noreturn", "acquire", "release"])}`;
      case 5:
        return "B";
      default:
        return `W ${variable} ${1 + next(2)} ${pick(["once", "release"])}`;
    }
  };
  const program = (length: number): string => Array.from({ length }, instruction).join("; ");
  let saved = 0;
  for (let run = 0; run < 40; run++) {
    // What the members never use is not theirs, and does not move along.
    const text = `${program(1 + next(2))}; ${pick(["R m once", "W m 1 once", "I m relaxed"])}`;
    const other = next(2) === 0 ? program(2) : undefined;
    saved += assertReduced(symmetricProgram(2, text, other), 2, `${text} || ${other}`);
  }
  assert.ok(saved > 500, `${saved} states saved`);
});

test("under lkmm threads are refused as symmetric that differ only in what orders them, or in what another one looks at", async () => {
  const w = world({ own: array(2, int(0, 1)), x: int(0, 1) });
  const write = (i: number) => ({ write: once((k: { own: { [i: number]: number } }) => void (k.own[i] = 1)) });
  const readers = symmetric(2, (i) =>
    w.path("read", {}, { ...write(i), "read x": (i === 0 ? once : acquire)((k) => void k.x) }),
  );
  const writers = symmetric(2, (i) => w.path("write", {}, write(i)));
  const look = w.path("look", {}, { "at the first": once((k) => void k.own[0]), write: once((k) => void (k.x = 1)) });
  for (const [threads, step] of [
    [{ readers, look: w.path("look", {}, { write: once((k) => void (k.x = 1)) }) }, "read x"],
    [{ writers, look }, "at the first"],
  ] as const) {
    const program = toy({ world: w, threads });
    assert.deepEqual((await searchAll(program, { symmetry: true })).symmetric.length, 1);
    assert.match(modelError(() => searched(program, true)).message, new RegExp(`step '${step}' .* tells them apart`));
    assert.ok(searched(program, false).states > 0);
  }
});
