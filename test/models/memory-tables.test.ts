import assert from "node:assert/strict";
import { test } from "node:test";
import recheckBarriers from "../../models/scenarios/recheck-barriers.ts";
import { MEMORY_MODELS } from "../../src/model/memory.ts";
import type { ParamValues } from "../../src/model/params.ts";
import { resultUnder } from "./pinned.ts";

/**
 * Under which memory models the page is removed and still mapped. The verdicts of the same programs as litmus tests are
 * those of herd7 (LKMM, x86-TSO, SC), and for the first four of the whole protocol GenMC's.
 */
interface Row {
  readonly set: ParamValues;
  readonly unsafe: "" | "lkmm" | "sc tso lkmm";
}

/**
 * Mapcount and PG_locked alone: a store-buffering shape. The kernel's paths always go on to page->mapping, so that the
 * read of it has to be kept behind: `rmb`.
 */
const CORE: readonly Row[] = [
  { set: {}, unsafe: "lkmm" },
  { set: { punch: "smp_mb" }, unsafe: "" },
  { set: { punch: "smp_mb__after_atomic" }, unsafe: "" },
  { set: { punch: "full-rmw" }, unsafe: "" },
  { set: { punch: "full-rmw", count: "inc" }, unsafe: "lkmm" },
  { set: { punch: "full-rmw", count: "inc-after-atomic" }, unsafe: "" },
  { set: { look: "release-rmw", count: "inc" }, unsafe: "" },
  { set: { look: "relaxed-rmw", count: "inc" }, unsafe: "lkmm" },
];

/** With the test of page->mapping behind it: a message-passing shape. */
const WHOLE: readonly Row[] = [
  { set: {}, unsafe: "lkmm" },
  { set: { rmb: true }, unsafe: "lkmm" },
  { set: { punch: "smp_mb" }, unsafe: "lkmm" },
  { set: { punch: "smp_mb", look: "acquire" }, unsafe: "" },
  { set: { punch: "smp_mb", rmb: true }, unsafe: "" },
  { set: { punch: "full-rmw", look: "acquire" }, unsafe: "" },
  { set: { punch: "smp_mb", look: "acquire", order: "LCPXS" }, unsafe: "" },
  { set: { punch: "smp_mb", look: "acquire", count: "inc" }, unsafe: "lkmm" },
  { set: { punch: "smp_mb", rmb: true, order: "LCGPS" }, unsafe: "sc tso lkmm" },
  { set: { punch: "smp_mb", look: "acquire", order: "LCPS" }, unsafe: "sc tso lkmm" },
  { set: { punch: "smp_mb", look: "acquire", order: "LCGS" }, unsafe: "sc tso lkmm" },
  { set: { punch: "smp_mb", look: "acquire", order: "CPGS" }, unsafe: "sc tso lkmm" },
];

async function unsafeUnder(set: ParamValues): Promise<string> {
  const unsafe: string[] = [];
  for (const memory of MEMORY_MODELS) {
    const { specs } = await resultUnder(memory, recheckBarriers, set);
    const { verdict, trace } = specs.find(({ name }) => name === "no-stale-pte")!;
    assert.ok(verdict === "holds" || verdict === "violated", `${memory}: ${verdict}`);
    assert.equal(trace !== undefined, verdict === "violated");
    if (verdict === "violated") unsafe.push(memory);
  }
  return unsafe.join(" ");
}

const nameOf = (set: ParamValues): string =>
  Object.entries(set)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(", ") || "as proposed";

for (const { set, unsafe } of CORE)
  test(`mapcount against PG_locked, ${nameOf(set)}: ${unsafe || "safe"}`, async () => {
    assert.equal(await unsafeUnder({ rmb: true, ...set }), unsafe);
  });

for (const { set, unsafe } of WHOLE)
  test(`the whole recheck, ${nameOf(set)}: ${unsafe || "safe"}`, async () => {
    assert.equal(await unsafeUnder(set), unsafe);
  });
