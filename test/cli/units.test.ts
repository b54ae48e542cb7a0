import assert from "node:assert/strict";
import { test } from "node:test";
import { EXIT, worstOf } from "../../src/cli/output/exit.ts";
import { outcomeOf, type Findings } from "../../src/result/judgement.ts";
import { writeError } from "../../src/cli/output/files.ts";
import { statesLeft, ticker } from "../../src/cli/output/progress.ts";
import { explain } from "../../src/cli/output/errors.ts";
import { InternalError, ModelError } from "../../src/model/error.ts";
import type { Verdict } from "../../src/result/result.ts";

const findings = (verdicts: readonly Verdict[], cut: string | null = null, declared?: boolean): Findings => ({
  specs: verdicts.map((verdict) => ({ verdict })),
  search: { cut },
  neverTaken: declared === undefined ? [] : [{ declared }],
});

test("the exit codes are those of the manual", () => {
  assert.deepEqual(
    Object.entries(EXIT).map(([name, { code }]) => [name, code]),
    [
      ["held", 0],
      ["violated", 1],
      ["wrong", 2],
      ["undecided", 3],
      ["vacuous", 4],
      ["bug", 70],
    ],
  );
});

test("the outcome of a run: violated over undecided over vacuous over held", () => {
  assert.equal(outcomeOf(findings(["holds"])), "held");
  assert.equal(outcomeOf(findings(["holds", "vacuous"])), "vacuous");
  assert.equal(outcomeOf(findings(["vacuous", "undecided"], "Ctrl-C")), "undecided");
  assert.equal(outcomeOf(findings(["undecided", "violated", "vacuous"], "Ctrl-C")), "violated");
  assert.equal(outcomeOf(findings(["holds"], null, false)), "vacuous");
  assert.equal(outcomeOf(findings(["holds"], null, true)), "held");
  assert.equal(
    outcomeOf(findings(["holds"], "Ctrl-C", false)),
    "held",
    "a cut search does not know what is never taken",
  );
});

test("the outcome of several runs is the worst of them", () => {
  assert.equal(worstOf([]), "held");
  assert.equal(worstOf(["held", "vacuous", "held"]), "vacuous");
  assert.equal(worstOf(["vacuous", "undecided"]), "undecided");
  assert.equal(worstOf(["undecided", "violated", "held"]), "violated");
});

test("an error of the user is sentence, where, cause, remedy; a list of what exists is nothing to try", () => {
  const error = new ModelError("it is wrong", { where: "a.ts:1:2\nb.ts:3:4", cause: "a cause", remedy: "do better" });
  assert.deepEqual(explain(error), {
    text: "error: it is wrong\n       a.ts:1:2\n       b.ts:3:4\n       a cause\n       try: do better\n",
    code: 2,
  });
  assert.equal(explain(new ModelError("no", { remedy: "labels: a, b" })).text, "error: no\n       labels: a, b\n");
});

test("any other error is a bug, with its stack and exit code 70", () => {
  for (const error of [new Error("oops"), new InternalError("oops"), new TypeError("oops")]) {
    const { text, code } = explain(error);
    assert.equal(code, 70);
    assert.match(text, /^error: this is a bug in faultline: .*\n +\w*Error: oops\n +at /);
  }
});

test("what is no Error was thrown by a model", () => {
  const { text, code } = explain("text");
  assert.equal(code, 2);
  assert.match(text, /^error: the model threw 'text'\n/);
});

test("each failure of the file system has its cause and its remedy", () => {
  const refusal = (code: string): string =>
    explain(writeError("out/x", Object.assign(new Error("failed"), { code }))).text;
  assert.equal(
    refusal("ENOSPC"),
    "error: cannot write 'out/x'\n       the disk is full\n       try: make room, or choose another folder with --out\n",
  );
  assert.match(refusal("EROFS"), /the file system is read-only\n {7}try: choose another folder with --out\n/);
  assert.match(refusal("EACCES"), /there is no permission to write there/);
  assert.match(refusal("EWHATEVER"), /this is a bug/);
  const other = new Error("no code");
  assert.equal(writeError("out/x", other), other);
});

test("progress changes in place on a terminal, four times a second, with the trend of the queue", () => {
  let text = "";
  let time = 0;
  const sink = { isTTY: true, columns: 100, write: (part: string) => void (text += part) };
  const progress = ticker(sink, "race", () => time);
  const show = (at: number, waiting: number): string => {
    text = "";
    time = at;
    progress.show({ states: 10, waiting, depth: 2 });
    return text;
  };
  assert.equal(show(249, 5), "");
  assert.equal(show(250, 5), "\r\u001b[Krace: depth 2, 10 states, 40/s, 5 waiting (rising), left: unknown");
  assert.equal(show(499, 5), "");
  assert.equal(show(500, 5), "\r\u001b[Krace: depth 2, 10 states, 0/s, 5 waiting (steady), left: unknown");
  assert.equal(show(750, 4), "\r\u001b[Krace: depth 2, 10 states, 0/s, 4 waiting (falling), left: unknown");
  sink.columns = 10;
  assert.equal(show(1000, 4), "\r\u001b[Krace: dep");
  text = "";
  progress.end();
  assert.equal(text, "\r\u001b[K");
});

test("progress is a line every ten seconds elsewhere", () => {
  let text = "";
  let time = 0;
  const progress = ticker({ isTTY: false, write: (part) => void (text += part) }, "race", () => time);
  for (time = 0; time <= 20_000; time += 100) progress.show({ states: 10, waiting: 5, depth: 2 });
  progress.end();
  assert.equal(
    text,
    "race: depth 2, 10 states, 1/s, 5 waiting (rising), left: unknown\n" +
      "race: depth 2, 10 states, 0/s, 5 waiting (steady), left: unknown\n",
  );
});

test("how much is left is only said while the frontier shrinks, and by how fast it does", () => {
  assert.equal(statesLeft([1000, 500, 250, 125, 62]), undefined);
  assert.equal(statesLeft([1000, 500, 250, 125, 62, 31]), 31);
  assert.equal(statesLeft([1000, 500, 250, 250, 62, 31]), undefined);
  assert.equal(statesLeft([1000, 999, 998, 997, 996, 995]), undefined);
});
