import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { NO_SPEC, fingerprint, readToken, writeToken, type Token } from "../../src/result/token.ts";
import { samePicks } from "../../src/machine/schedule.ts";

const PLAIN: Token = {
  argument: "fault-vs-punch",
  set: { order: "patch4", mappers: "2" },
  memory: "sc",
  spec: "no-stale-pte",
  schedule: {
    initial: 0,
    moves: [...Array.from({ length: 12 }, () => ({ thread: 0, picks: [] })), { thread: 1, picks: [0, 2] }],
  },
  steps: "00ff",
};
const WORD = writeToken(PLAIN);

test("a token says in words what it is about", () => {
  assert.match(WORD, /^fault-vs-punch:order=patch4:mappers=2:no-stale-pte:0x12\.1\/0\/2:00ff-[0-9a-f]{4}$/);
  const short = { ...PLAIN, set: {}, spec: NO_SPEC, schedule: { initial: 3, moves: [] } };
  assert.match(writeToken(short), /^fault-vs-punch:-:i3:00ff-/);
  assert.match(writeToken({ ...PLAIN, memory: "tso" }), /:mappers=2:tso:no-stale-pte:0x12/);
  const [meets, initially] = [
    { thread: 1, picks: [1], at: 4 },
    { thread: 1, picks: [1] },
  ];
  const weak = { initial: 0, moves: [meets, meets, initially] };
  assert.match(writeToken({ ...PLAIN, memory: "lkmm", schedule: weak }), /:lkmm:no-stale-pte:1\/1s4x2\.1\/1:/);
});

const move = fc.record(
  { thread: fc.nat({ max: 40 }), picks: fc.array(fc.nat({ max: 3 }), { maxLength: 3 }), at: fc.nat({ max: 99 }) },
  { requiredKeys: ["thread", "picks"], noNullPrototype: true },
);
const word = fc.string({ unit: "binary", minLength: 1, maxLength: 12 });
const token: fc.Arbitrary<Token> = fc.record({
  argument: word,
  set: fc.dictionary(fc.stringMatching(/^[a-z]\w{0,8}$/), word, { maxKeys: 3, noNullPrototype: true }),
  memory: fc.constantFrom("sc", "tso", "lkmm"),
  spec: fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,12}$/),
  schedule: fc.record({ initial: fc.nat({ max: 9 }), moves: fc.array(move, { maxLength: 40 }) }),
  steps: fc.stringMatching(/^[0-9a-f]{4}$/),
});

test("every token is read as it was written, and no shell touches it", () => {
  fc.assert(
    fc.property(token, (given) => {
      const written = writeToken(given);
      assert.match(written, /^[\w.:=/%-]+$/);
      const read = readToken(written);
      const { moves } = read.schedule;
      assert.deepEqual({ ...read, schedule: 0 }, { ...given, schedule: 0 });
      assert.equal(read.schedule.initial, given.schedule.initial);
      assert.deepEqual(
        moves.map(({ thread, at }) => [thread, at]),
        given.schedule.moves.map(({ thread, at }) => [thread, at]),
      );
      for (const [i, { picks }] of moves.entries()) assert.ok(samePicks(picks, given.schedule.moves[i]!.picks));
      assert.equal(writeToken(read), written);
    }),
    { seed: 1, numRuns: 300 },
  );
});

test("a token survives a mail: wrapped, quoted, quoted again, with the command before it", () => {
  const wrapped = WORD.replaceAll(/.{20}/g, "$&\n");
  for (const text of [
    wrapped,
    wrapped.replaceAll("\n", " \\\n  "),
    wrapped.replaceAll(/^/gm, "> > "),
    `replay: faultline replay ${wrapped.replaceAll("\n", " \\\n>  ")}\n`,
    `  '${WORD}'\r\n`,
    `npx faultline replay ${WORD}`,
  ])
    assert.deepEqual(readToken(text), readToken(WORD), text);
});

test("any one character that is lost, doubled or changed is noticed", () => {
  for (let i = 0; i < WORD.length; i++) {
    const others = [...new Set(["x", "1", ":", "-"])].filter((char) => char !== WORD[i]);
    const mangled = ["", WORD[i]!.repeat(2), ...others].map((part) => WORD.slice(0, i) + part + WORD.slice(i + 1));
    for (const text of mangled)
      assert.throws(() => readToken(text), /the token is not whole|is no token/, `${text} passed for ${WORD}`);
  }
});

test("what is no token says what one is", () => {
  for (const text of ["", "x", "-", "a:b", "two-faults"]) assert.throws(() => readToken(text), /is no token/);
  // A schedule that would fill the memory, and one that is none, with checksums that fit.
  for (const schedule of ["0x99999999999", "0.", "x3", "0x-1"]) {
    const forged = writeToken({ ...PLAIN, spec: `s:${schedule}`, steps: "0000" });
    const [, ...rest] = forged.split(":0x12.1/0/2");
    assert.throws(() => readToken(`fault-vs-punch:s:${schedule}${rest.join("")}`), /is not whole/);
  }
});

test("the fingerprint tells runs through other steps apart", () => {
  const step = { thread: 0, calls: ["f()"], path: "p", label: "a" };
  const prints = [[], [step], [step, step], [{ ...step, thread: 1 }], [{ ...step, label: "b" }]].map(fingerprint);
  assert.equal(new Set(prints).size, prints.length);
  for (const print of prints) assert.match(print, /^[0-9a-f]{4}$/);
});
