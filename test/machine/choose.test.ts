import assert from "node:assert/strict";
import { test } from "node:test";
import { bool, choose, int, oneOf, wait, world } from "faultline";
import { initialStates } from "../../src/machine/program.ts";
import { effectsOf } from "../../src/machine/step.ts";
import { check, toy } from "./toy.ts";

test("choose branches once for each option, also inside another choice", () => {
  const w = world({ x: int(0, 9) });
  const path = w.path(
    "path",
    {},
    {
      pick: (k) => {
        const tens = choose("none", "one of two", "one of three");
        k.x = tens === "none" ? 0 : tens === "one of two" ? choose(1, 2) : choose(3, 4, choose(5));
      },
    },
  );
  const program = toy({ world: w, threads: { path } });
  const effects = effectsOf(program, initialStates(program)[0]!, 0);
  assert.deepEqual(
    effects.map(({ move, writes }) => [move.picks.join(), ...writes.values()]),
    [
      ["0", 0],
      ["1,0", 1],
      ["1,1", 2],
      ["2,0", 3],
      ["2,1", 4],
      ["2,2", 5],
    ],
  );
  const { initial, states, transitions, done } = check(program).search;
  assert.deepEqual({ initial, states, transitions, done }, { initial: 1, states: 7, transitions: 6, done: 6 });
});

test("a branch of a choice can wait without the others", () => {
  const w = world({ door: oneOf("none", "left", "right") });
  const path = w.path(
    "path",
    {},
    {
      go: (k) => {
        const door = choose("left", "right");
        if (door === "left") return wait;
        k.door = door;
      },
    },
  );
  const { transitions, done, stuck } = check(toy({ world: w, threads: { path } })).search;
  assert.deepEqual({ transitions, done, stuck }, { transitions: 1, done: 1, stuck: 0 });
});

test("choose in init gives every initial state, and equal ones count once", () => {
  const w = world({ x: int(0, 9), y: bool });
  const path = w.path("path", {}, { step: () => {} });
  const init = (k: { x: number; y: boolean }): void => {
    k.x = choose(1, 2, 1);
    if (k.x === 2) k.y = choose(false, true);
  };
  const { initial, states, done } = check(toy({ world: w, threads: { path }, init })).search;
  assert.deepEqual({ initial, states, done }, { initial: 3, states: 6, done: 3 });
});
