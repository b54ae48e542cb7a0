import assert from "node:assert/strict";
import { test } from "node:test";
import { genericFileRead, readpageEnds } from "../../models/mm/filemap/read-in.ts";
import orders from "../../models/scenarios/fault-around-orders.ts";
import readInVsRead from "../../models/scenarios/races/read-in-vs-read.ts";
import { MEMORY_MODELS, type MemoryModel } from "../../src/model/memory.ts";
import { faultline, inFolder } from "../cli/recorded.ts";
import { resultUnder } from "./pinned.ts";

test("the order of December holds on x86, and under LKMM only with both barriers", async () => {
  const pinned = orders.expect.filter(({ memory }) => memory !== undefined);
  assert.ok(pinned.length >= 6);
  await inFolder({}, async (folder) => {
    const { code, out } = await faultline(folder, "check fault-around-orders --expected --set remover=punch");
    assert.equal(code, 0, out);
    for (const barriers of ["remover", "mapper", "both"])
      assert.match(out, new RegExp(`order=LCPGS remover=punch barriers=${barriers} under lkmm`));
    assert.match(out, /order=LCPGS remover=punch under tso/);
  });
});

async function verdictUnder(memory: MemoryModel, wmb: boolean, rmb: boolean): Promise<string> {
  const threads = () => ({ readpage: readpageEnds(wmb), read: genericFileRead(rmb) });
  const { specs } = await resultUnder(memory, { ...readInVsRead, threads }, {});
  return specs.find(({ name }) => name === "no-early-read")!.verdict;
}

test("PG_uptodate needs the write barrier before it and the read barrier after it; x86 has both for nothing", async () => {
  for (const memory of MEMORY_MODELS)
    for (const wmb of [false, true])
      for (const rmb of [false, true])
        assert.equal(
          await verdictUnder(memory, wmb, rmb),
          memory === "lkmm" && !(wmb && rmb) ? "violated" : "holds",
          `${memory}, smp_wmb() ${wmb}, smp_rmb() ${rmb}`,
        );
});
