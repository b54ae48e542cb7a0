import assert from "node:assert/strict";
import { test } from "node:test";
import { bool, call, claim, int, once, scenario, spinlock, struct, symmetric, world } from "faultline";
import { modelError } from "../machine/toy.ts";

const w = world({ x: bool });
const path = w.path("p", {}, { step: once((k) => void (k.x = true)) });
const good = { about: "A toy", world: w, params: {}, threads: () => ({ path }), specs: [] };

const textOf = (body: () => unknown): string => {
  const { message, explanation } = modelError(body);
  return [message, explanation.where, explanation.cause, explanation.remedy].join("\n");
};
const scenarioWith =
  (more: object): (() => unknown) =>
  () =>
    scenario("toy", { ...good, ...more } as typeof good);

test("what a scenario does not know is no part of it", () => {
  for (const [key, meant] of [
    ["initial", "init"],
    ["idel", "idle"],
    ["spec", "specs"],
    ["expected", "expect"],
    ["unreachd", "unreached"],
  ] as const)
    assert.match(textOf(scenarioWith({ [key]: () => [] })), new RegExp(`has no '${key}'; did you mean '${meant}'\\?`));
  assert.match(textOf(scenarioWith({ comment: "x" })), /has no 'comment'\nscenario 'toy'\n\nkeys: about, world/);
});

test("what it knows must be of its kind", () => {
  for (const [more, said] of [
    [{ about: 3 }, /'about' of a scenario is not a text\n.*\n\nit is 3/],
    [{ world: {} }, /'world' of a scenario is not made by world/],
    [{ params: [] }, /'params' of a scenario is not an object/],
    [{ threads: undefined }, /a scenario needs 'threads'/],
    [{ threads: { path } }, /'threads' of a scenario is not a function/],
    [{ init: "x" }, /'init' of a scenario is not a function/],
    [{ specs: { one: 1 } }, /'specs' of a scenario is not a list/],
    [{ specs: [w.always] }, /specs\[0\] is not an object/],
    [{ unreached: ["p: step"] }, /'unreached' of a scenario is not a function/],
    [{ expect: {} }, /'expect' of a scenario is not a list/],
    [{ params: { a: 3 } }, /parameter 'a' is not bool, int/],
    [{ params: { a: spinlock } }, /parameter 'a' is a value of a run, and no field of memory/],
  ] as const)
    assert.match(textOf(scenarioWith(more)), said);
  assert.match(
    textOf(() => scenario("toy", undefined as never)),
    /a scenario is not an object/,
  );
});

test("a pinned run says nothing that is not known", () => {
  for (const [entry, said] of [
    [{ violate: ["no-bug"] }, /expect\[0\] has no 'violate'; did you mean 'violated'\?/],
    [{ violated: "no-bug" }, /'violated' of expect\[0\] is not a list of texts\n.*\n\nit is 'no-bug'/],
    [{ states: "12" }, /'states' of expect\[0\] is not a number of states/],
    [{ memory: "x86" }, /'memory' of expect\[0\] is not one of sc, tso, lkmm/],
    [{ set: [] }, /'set' of expect\[0\] is not an object/],
    [{ set: { a: 1 } }, /no parameter 'a'/],
    ["no-bug", /expect\[0\] is not an object/],
  ] as const)
    assert.match(textOf(scenarioWith({ expect: [entry] })), said);
});

test("nor does what is said about a path, nor a step that was written by hand", () => {
  const pathWith = (about: unknown, step: unknown = () => {}): string =>
    textOf(() => w.path("p", {}, { step } as never, about as never));
  assert.match(pathWith({ leaveOut: "x" }), /what is said about a path has no 'leaveOut'; did you mean 'leavesOut'\?/);
  assert.match(pathWith({ release: 5.9 }), /'release' of what is said about a path is not a text/);
  assert.match(pathWith("mm/memory.c"), /what is said about a path is not an object/);
  const step = { kind: "step", run: () => {}, order: "once" };
  assert.match(pathWith({}, { ...step, order: "onec" }), /step 'step' has no order 'onec'; did you mean 'once'\?/);
  assert.match(pathWith({}, { ...step, atomicc: "x" }), /step 'step' has no 'atomicc'; did you mean 'atomic'\?/);
  assert.match(pathWith({}, { ...step, run: undefined }), /step 'step' needs 'run'/);
  assert.match(pathWith({}, call({} as never)), /'path' of step 'step' is not made by world\.path/);
});

test("nor does a claim", () => {
  const toy = scenario("toy", good);
  const said = {
    name: "C1",
    source: "a mail",
    says: "it holds",
    cases: [{ scenario: toy }],
    verdict: "true",
    because: "so",
  } as const;
  const claimWith = (more: object): string => textOf(() => claim({ ...said, ...more }));
  assert.equal(claim(said), said);
  assert.match(claimWith({ becuase: "x" }), /a claim has no 'becuase'; did you mean 'because'\?/);
  assert.match(claimWith({ verdict: "maybe" }), /'verdict' of a claim is not one of true, false, true only if/);
  assert.match(
    claimWith({ cases: [{ scenario: toy, sets: {} }] }),
    /a case of a claim has no 'sets'; did you mean 'set'/,
  );
  assert.match(claimWith({ cases: [{ scenario: toy, claims: { "no-bug": "false" } }] }), /claims 'false' of a spec/);
  assert.match(claimWith({ provided: { condition: "x", met: [] } }), /'provided' of a claim needs 'lacking'/);
});

test("a field is what a maker of fields has made", () => {
  const fieldWith = (field: unknown): string => textOf(() => world({ s: struct({ field: field as typeof bool }) }));
  assert.match(fieldWith(int), /'s\.field' is not a field\n\nit is a function: int, for example, must be called/);
  assert.match(fieldWith(undefined), /'s\.field' is not a field/);
  assert.match(fieldWith({ kind: "boolean" }), /'s\.field' is not a field/);
  assert.match(fieldWith({ ...bool, isGost: true }), /field 's\.field' has no 'isGost'; did you mean 'isGhost'\?/);
  assert.match(
    textOf(() => world({ x: { low: 0, high: 1 } as never })),
    /it is an object/,
  );
  assert.match(
    textOf(() => symmetric(2, path as never)),
    /symmetric\(2, \.\.\.\) needs a function/,
  );
});
