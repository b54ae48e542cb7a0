import assert from "node:assert/strict";
import { test } from "node:test";
import { rmapMapped } from "../../models/kernel/deletion.ts";
import { mappingMatches, pageFlag, setPteAt } from "../../models/kernel/primitives.ts";
import { filemapMapPages } from "../../models/mm/filemap/filemap-map-pages.ts";
import collapse from "../../models/scenarios/fault-around-vs-collapse.ts";
import invalidate from "../../models/scenarios/fault-around-vs-invalidate.ts";
import migrate from "../../models/scenarios/fault-around-vs-migrate.ts";
import punch from "../../models/scenarios/fault-around-vs-punch.ts";
import reclaim from "../../models/scenarios/fault-around-vs-reclaim.ts";
import split from "../../models/scenarios/fault-around-vs-split.ts";
import truncate from "../../models/scenarios/fault-around-vs-truncate.ts";
import { resetDeadLocals } from "../../src/analysis/liveness.ts";
import { resolveParams, type Scenario } from "../../src/model/scenario.ts";
import type { ParamValues } from "../../src/model/params.ts";
import type { Path } from "../../src/model/path.ts";
import { buildProgram } from "../../src/machine/build.ts";
import { exploreAll } from "../explore-all.ts";

/** filemap_map_pages() of v5.9 without the page lock: the fourth patch of October 2020. */
const patch4 = filemapMapPages(0).with({
  drop: ["trylock_page(page)", "unlock_page(page)", "unlock: unlock_page(page)"],
  replace: {
    "set_pte_at(vmf->pte)": setPteAt(0).then((k, { page }) => {
      rmapMapped(k.vma[0], page!);
      return "do_fault_around(): pte_none(pte)?";
    }),
  },
  as: "without the page lock",
});

/** The same with both tests under ptl. */
const testFirst = patch4.with({
  drop: ["page->mapping == mapping?"],
  after: {
    "pte_none(*vmf->pte)?": {
      "PageLocked(page)? again": pageFlag("locked").then({ true: "skip: put_page(page)" }),
      "page->mapping == mapping? again": mappingMatches.then({ false: "skip: put_page(page)" }),
    },
  },
  as: "test first",
});

const REMOVERS: readonly (readonly [string, Scenario, ParamValues])[] = [
  ["truncate", truncate, {}],
  ["punch", punch, {}],
  ["punch without the gate", punch, { gate: "none" }],
  ["invalidate", invalidate, {}],
  ["reclaim", reclaim, { what: "file" }],
  ["reclaim without the freeze", reclaim, { what: "file", noFreeze: true }],
  ["reclaim of tmpfs", reclaim, { what: "tmpfs" }],
  ["migrate", migrate, {}],
  ["collapse", collapse, {}],
  ["collapse without the check", collapse, { unchecked: true }],
  ["split", split, {}],
];

/** What a search finds: the generator of all orders has written these paths, too, and knows nothing of patches. */
const found = (scenario: Scenario, params: ParamValues) => {
  const program = resetDeadLocals(buildProgram(scenario, resolveParams(scenario, params)));
  const { states, transitions, found: schedules } = exploreAll(program);
  return [states, transitions, ...[...schedules].map(([spec, { moves }]) => `${spec} ${moves.length}`).toSorted()];
};

const withFault = (scenario: Scenario, fault: Path): Scenario => ({
  ...scenario,
  threads: (params) => ({ ...scenario.threads(params), fault }),
  unreached: () => [],
});

for (const [order, path] of [
  ["trylock", filemapMapPages(0)],
  ["patch4", patch4],
  ["test-first", testFirst],
] as const)
  test(`filemap_map_pages() with the patch '${order}' on it is that order, state by state, against every remover`, () => {
    for (const [remover, scenario, params] of REMOVERS)
      assert.deepEqual(found(withFault(scenario, path), params), found(scenario, { ...params, order }), remover);
  });
