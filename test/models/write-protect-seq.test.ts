import assert from "node:assert/strict";
import { test } from "node:test";
import question from "../../models/scenarios/questions/fork-vs-pin.ts";
import byRelease from "../../models/scenarios/pin-vs-fork-by-release.ts";
import v511 from "../../models/scenarios/races/gup-fast-vs-fork.ts";
import type { MemoryModel } from "../../src/model/memory.ts";
import type { ParamValues } from "../../src/model/params.ts";
import type { AnyStep } from "../../src/model/path.ts";
import type { Scenario } from "../../src/model/scenario.ts";
import { changed, resultUnder, without } from "./pinned.ts";

type Run = readonly [scenario: Scenario, set: ParamValues, gup: string];
const V511: Run = [v511, { fixed: true }, "internal_get_user_pages_fast"];
const FOLIO = "gup_fast_fallback";
const RELEASES: readonly Run[] = [
  V511,
  [byRelease, { release: "v6.12" }, FOLIO],
  [byRelease, { release: "v7.1" }, FOLIO],
];
/** Those that hold under LKMM. */
const BEFORE: readonly Run[] = ["v6.12", "v7.1"].map((release) => [question, { release, pinnedBefore: true }, FOLIO]);

const BEGIN = "dup_mmap: raw_write_seqcount_begin(&src_mm->write_protect_seq)";
const END = "dup_mmap: raw_write_seqcount_end(&src_mm->write_protect_seq)";
const ENDS = `${END}: s->sequence++`;
const READ = "seq = raw_read_seqcount(&mm->write_protect_seq)";
const TRY = "raw_seqcount_try_begin(&mm->write_protect_seq, seq)";
const RETRY = "read_seqcount_retry(&mm->write_protect_seq, seq)";
const AGAIN = "pte_val(pte) == pte_val(ptep_get(ptep))?";

const relaxed = (step: AnyStep): AnyStep => ({ ...step, order: "once" });
const goesTo =
  (label: string) =>
  (step: AnyStep): AnyStep => ({ ...step, run: () => label, order: "once" });
const withoutAll = (scenario: Scenario, ...steps: readonly string[]): Scenario => steps.reduce(without, scenario);

async function violated(memory: MemoryModel, scenario: Scenario, set: ParamValues): Promise<readonly string[]> {
  const { specs } = await resultUnder(memory, scenario, set);
  return specs.filter(({ verdict }) => verdict === "violated").map(({ name }) => name);
}

test("fork() that begins a write section ends it, and ends none that it has not begun", async () => {
  for (const [scenario, set] of RELEASES)
    for (const step of [BEGIN, ENDS]) assert.deepEqual(await violated("sc", without(scenario, step), set), ["locking"]);
});

test("a pin between the test for pins and the write protection is missed by who has no write section", async () => {
  for (const [scenario, set] of RELEASES) {
    const found = await violated("sc", withoutAll(scenario, BEGIN, ENDS), set);
    assert.ok(found.includes("pinned-stays-mapped"), found.join(", "));
  }
});

test("a pin is missed where GUP-fast goes on in a write section, or asks for none at its end", async () => {
  const [scenario, set, gup] = V511;
  const goesOn = (step: AnyStep): AnyStep => ({ ...step, run: (k, me) => void step.run(k, me) });
  for (const [mutant, params] of [
    [changed(scenario, `${gup}: ${READ}`, goesOn), set],
    [changed(byRelease, `${FOLIO}: ${READ}`, goesOn), { release: "v6.12" }],
    ...RELEASES.map(([one, own, path]) => [changed(one, `${path}: ${RETRY}: READ_ONCE(s->sequence)`, agrees), own]),
  ] as readonly (readonly [Scenario, ParamValues])[]) {
    const found = await violated("sc", mutant, params);
    assert.ok(found.includes("pinned-stays-mapped"), found.join(", "));
  }
});

/** read_seqcount_retry() that finds what GUP-fast began with. */
function agrees(step: AnyStep): AnyStep {
  const run = (k: never, me: never): unknown => {
    const now = (k as { mm: { 0: { writeProtectSeq: number } } }).mm[0].writeProtectSeq;
    (me as { seq: number }).seq = now;
    return step.run(k, me);
  };
  return { ...step, run: run as AnyStep["run"] };
}

test("each smp_wmb() of the write section keeps pins from being missed under LKMM, and x86 needs none", async () => {
  for (const [scenario, set] of BEFORE)
    for (const step of [`${BEGIN}: smp_wmb()`, END]) {
      assert.deepEqual(await violated("lkmm", without(scenario, step), set), ["pinned-is-mapped"], step);
      assert.deepEqual(await violated("tso", without(scenario, step), set), [], step);
    }
});

test("the pin is a full barrier, so that the second look at the PTE does without the order of the seqcount", async () => {
  for (const [scenario, set, gup] of BEFORE) {
    const begin = `${gup}: ${set["release"] === "v7.1" ? TRY : READ}`;
    const weak = changed(scenario, begin, relaxed);
    assert.deepEqual(await violated("lkmm", weak, set), []);
    assert.deepEqual(await violated("lkmm", without(scenario, `${gup}: ${RETRY}`), set), []);
    // Either of the two is enough.
    const once = (one: Scenario): Scenario => changed(one, `${gup}: ${AGAIN}`, goesTo(RETRY));
    assert.deepEqual(await violated("lkmm", once(scenario), set), []);
    assert.deepEqual(await violated("lkmm", once(weak), set), ["pinned-is-mapped"]);
  }
});
