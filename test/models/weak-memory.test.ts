import assert from "node:assert/strict";
import { test } from "node:test";
import orders from "../../models/scenarios/fault-around-orders.ts";
import { faultline, inFolder } from "../cli/recorded.ts";

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
