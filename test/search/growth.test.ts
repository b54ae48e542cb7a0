import assert from "node:assert/strict";
import { test } from "node:test";
import { array, int, world } from "faultline";
import type { SearchLimits } from "../../src/search/fast.ts";
import { toy } from "../machine/toy.ts";
import { searchAll, verdictsOf } from "./agreement.ts";

const w = world({ count: array(3, int(0, 20)) });
const count = (i: number) => w.path("count", {}, { "count++": (k) => (k.count[i]!++ < 19 ? "count++" : undefined) });
const below = w.always("below-10", "the counts are below 10", (k) => k.count.reduce((a, b) => a + b, 0) < 10);
const program = toy({ world: w, threads: { a: count(0), b: count(1), c: count(2) }, specs: [below] });
const STATES = 21 ** 3;

/** Searches until it has been asked so often whether to stop; and how often that was. */
async function askedAtMost(most: number, limits: SearchLimits) {
  let asked = 0;
  const stop = (): string | undefined => (++asked > most ? "stopped" : undefined);
  return { found: await searchAll(program, { ...limits, stop }), asked };
}

const WAYS: Readonly<Record<string, SearchLimits>> = {
  "one shard": {},
  "eight shards": { size: { shards: 8 } },
  "two threads": { threads: 2, sharedFrom: 64 },
  "from one shard to eight": { size: { statesPerShard: 4000 } },
};

for (const [name, { size, ...limits }] of Object.entries(WAYS))
  test(`${name}: a search can be stopped while its table grows, and tells what it has found`, async () => {
    const inTurns = (statesPerTurn: number): SearchLimits => ({
      ...limits,
      size: { ...size, slots: 2 ** 10, statesPerTurn },
    });
    const { found: whole, asked: most } = await askedAtMost(Infinity, inTurns(64));
    assert.deepEqual([whole.states, whole.cut], [STATES, undefined]);
    let told = 0;
    for (let at = 1; at < most; at += Math.ceil(most / 12)) {
      const { found, asked } = await askedAtMost(at, inTurns(64));
      // How often it is asked depends on the time that it takes, too; and at last it asks whether all can finish.
      assert.equal(found.cut ?? found.unknown?.get("never-finishes"), asked > at ? "stopped" : undefined);
      assert.ok(found.states <= STATES && found.waiting <= found.states);
      verdictsOf(program, found);
      if (!found.found.has("below-10")) continue;
      assert.equal(found.found.get("below-10")!.moves.length, 10);
      told++;
    }
    assert.ok(told >= 3, `${told}`);
  });
