import assert from "node:assert/strict";
import { test } from "node:test";
import { balance } from "../../specs/balance.ts";
import { framesOf, pinnedRuns } from "./pinned.ts";

const ACCOUNTS = new Set(balance.map(({ name }) => name));

test("wherever filemap_map_pages() gives up, it gives back what it took: no pinned run leaves an account open", async () => {
  let runs = 0;
  for (const { program, result } of await pinnedRuns()) {
    if (!framesOf(program).some(({ path }) => path.name === "filemap_map_pages")) continue;
    runs++;
    const accounts = result.specs.filter(({ name }) => ACCOUNTS.has(name));
    assert.ok(
      accounts.every(({ verdict }) => verdict === "holds"),
      `${result.scenario}: ${JSON.stringify(accounts.filter(({ verdict }) => verdict !== "holds"))}`,
    );
  }
  assert.ok(runs > 0);
});
