import assert from "node:assert/strict";
import { test } from "node:test";
import { bool, int, world } from "faultline";
import { ImpureError } from "../../src/model/error.ts";
import { resultOf } from "../../src/result/result-of.ts";
import { specOf, toy } from "../machine/toy.ts";
import { attempt, searchAll } from "./agreement.ts";

const w = world({ flag: bool, looked: bool, n: int(0, 3) });

test("however late a step of a model without guards changes its ways, it is never faultline that contradicts itself", async () => {
  let refused = 0;
  for (let most = 1; most < 120; most++) {
    let calls = 0;
    const reader = w.path(
      "reader",
      {},
      {
        look: (k) => {
          k.looked = true;
          if (++calls > most) k.n = k.flag ? 1 : 2;
        },
      },
    );
    const writer = w.path("writer", {}, { "flag = true": (k) => void (k.flag = true) });
    const specs = [
      w.always("zero", "n stays 0", (k) => k.n === 0),
      w.sometimes("seen", "both have stepped", (k) => k.flag && k.looked),
    ];
    const program = toy({ world: w, threads: { reader, writer }, specs });
    let whileSearching = 0;
    const result = await attempt(async () => {
      const found = await searchAll(program);
      // Notes on the model take steps once more, and no verdict rests on them.
      whileSearching = calls;
      return resultOf(program, found, "");
    });
    if (result instanceof Error) {
      assert.ok(result instanceof ImpureError, `${most}: ${String(result)}`);
      // In a process that has loaded a user's file, threads() is called again, too.
      assert.match(result.message, /^(step 'look' of path 'reader'|threads\(\) of scenario 'toy') is not pure$/);
      refused++;
    } else {
      assert.ok(whileSearching <= most, `${most}: it has changed its ways, and nobody has noticed`);
      assert.equal(specOf(result, "zero").verdict, "holds");
    }
  }
  assert.ok(refused > 5 && refused < 119, `${refused}`);
});
