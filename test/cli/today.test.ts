import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ROOT } from "../docs/document.ts";
import { faultline, inFolder } from "./recorded.ts";

const TODAY = readFileSync(`${ROOT}examples/fault-around-today.ts`, "utf8");

test("v7.1 maps pages around a fault without a stale PTE, under three memory models, and without the page lock does not", async () => {
  await inFolder({ "fault-around-today.ts": TODAY }, async (folder) => {
    const { code, out, err } = await faultline(folder, "check fault-around-today.ts --expected --no-types");
    assert.equal(code, 0, out + err);
    assert.match(out, /^6 of 6 runs as expected/m);
    assert.match(out, /no-stale-pte +as expected; in 31 steps/);
  });
});
