import assert from "node:assert/strict";
import { test } from "node:test";
import { BUFFERING, faultline, inFolder } from "./recorded.ts";

const inBuffering = (body: (folder: string) => Promise<void>): Promise<void> => inFolder({ "b.ts": BUFFERING }, body);

test("fences names the barriers that are missing, and ends as check does", async () => {
  await inBuffering(async (folder) => {
    for (const memory of ["", " --memory tso"]) {
      const { code, out, err } = await faultline(folder, `fences b.ts --spec seen${memory}`);
      assert.deepEqual([code, err], [1, ""]);
      assert.match(out, /^ {2}violated {3}seen {2}in \d steps; holds under sc$/m);
      assert.match(out, /^1 minimal set makes seen hold:\n\n {2}cost 6 {2}\[1\] and \[2\]\n/m);
      assert.match(out, /^\[1\] {2}smp_mb\(\) after store in a\(\)\n {5}cost 3; alone: seen still violated$/m);
      assert.match(out, /^\[2\] {2}smp_mb\(\) after store in b\(\)$/m);
      assert.match(
        out,
        new RegExp(`^reproduce: faultline fences b.ts --spec seen --memory ${memory === "" ? "lkmm" : "tso"}`, "m"),
      );
      for (const line of out.split("\n")) assert.match(line, /^[\x20-\x7e]{0,72}$/);
    }
  });
});

test("fences --format json is one document with every set", async () => {
  await inBuffering(async (folder) => {
    const { code, out } = await faultline(folder, "fences b.ts --spec seen --format json");
    assert.equal(code, 1);
    const { format, memory, missing, strengthenings, sets, cut } = JSON.parse(out) as Readonly<Record<string, unknown>>;
    assert.deepEqual(
      { format, memory, missing, sets, cut },
      {
        format: "faultline-fences",
        memory: "lkmm",
        missing: ["seen"],
        sets: [{ cost: 6, of: [0, 1] }],
        cut: null,
      },
    );
    assert.deepEqual((strengthenings as readonly unknown[])[0], {
      words: "smp_mb() after store in a()",
      path: "a",
      label: "store",
      by: "mb",
      cost: 3,
      alone: ["seen"],
    });
  });
});

test("fences says where nothing is missing, where a larger set would be needed, and where no barrier helps", async () => {
  await inBuffering(async (folder) => {
    const fine = await faultline(folder, "fences b.ts --spec seen --set mb=true");
    assert.equal(fine.code, 0);
    assert.match(fine.out, /^No barrier is missing: everything holds under lkmm\.$/m);
    const unjudged = await faultline(folder, "fences b.ts --set mb=true");
    assert.equal(unjudged.code, 3);
    assert.match(unjudged.out, /^ {2}not judged {2}in-order$/m);
    const few = await faultline(folder, "fences b.ts --spec seen --most 1");
    assert.equal(few.code, 1);
    assert.match(few.out, /^No set of at most 1 strengthening makes seen hold\.\nnext: .* --memory lkmm --most 2$/m);
    const wrong = await faultline(folder, "fences fault-around-vs-punch --set order=patch4 --spec no-stale-pte");
    assert.equal(wrong.code, 1);
    assert.match(wrong.out, /^ {2}violated {3}no-stale-pte {2}in 3\d steps; under sc, too$/m);
    assert.match(wrong.out, /^No barrier helps: no-stale-pte is violated under sc, too\./m);
    assert.match(
      wrong.out,
      /^next: faultline check fault-around-vs-punch --set order=patch4 --spec \\\n {2}no-stale-pte$/m,
    );
  });
});

test("what fences cannot be asked is refused with what can be done", async () => {
  await inBuffering(async (folder) => {
    for (const [words, text] of [
      ["", "'fences' needs to be told what to work on"],
      ["nosuch", "there is no scenario 'nosuch'"],
      ["b.ts --memory sc", "--memory cannot be 'sc'"],
      ["b.ts --most 0", "--most needs a whole number from 1 on, not '0'"],
      ["b.ts --spec nope", "there is no spec 'nope'"],
      ["b.ts --spec in-order", "spec 'in-order' cannot be judged under lkmm"],
      ["b.ts --expected", "there is no option '--expected'"],
      ["b.ts b.ts", "'b.ts' is one word too many for 'fences'"],
    ] as const) {
      const { code, out, err } = await faultline(folder, `fences ${words}`);
      assert.deepEqual([code, out], [2, ""], words);
      assert.ok(err.startsWith(`error: `) && err.includes(text), err);
    }
  });
});

test("fences that is stopped says what is not known", async () => {
  await inBuffering(async (folder) => {
    const stopped = await faultline(folder, "fences b.ts", { interrupts: (interrupt) => interrupt() });
    assert.equal(stopped.code, 3);
    assert.match(stopped.out, /^What holds under sc is not known\.\nundecided: .*; stopped by Ctrl-C$/m);
    const cut = await faultline(folder, "fences b.ts --spec seen --max-states 18");
    assert.equal(cut.code, 1);
    assert.match(cut.out, /^No set of at most 3 strengthenings is known so far that makes seen hold\.$/m);
    assert.match(cut.out, /^stopped by --max-states 18: there may be other sets$/m);
  });
});
