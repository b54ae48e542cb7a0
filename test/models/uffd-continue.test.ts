import assert from "node:assert/strict";
import { test } from "node:test";
import { scenario, type Path } from "faultline";
import { kernel, pageInCache } from "../../models/kernel/world.ts";
import { truncatePagecacheRange, truncateSetsize } from "../../models/mm/truncate/truncate.ts";
import { uffdioContinue } from "../../models/mm/userfaultfd/fault-continue.ts";
import { balance } from "../../specs/balance.ts";
import { noPteBeyondEof, noStalePte } from "../../specs/page-cache.ts";
import { MEMORY_MODELS, type MemoryModel } from "../../src/model/memory.ts";
import { resultUnder } from "./pinned.ts";

const REMOVER = { vmas: 1, gate: "page_mapped" } as const;
const removers = { truncate: truncateSetsize(REMOVER), punch: truncatePagecacheRange(REMOVER) };

async function violatedOf(
  memory: MemoryModel,
  remover: keyof typeof removers,
  cont: unknown,
): Promise<readonly string[]> {
  const removed = scenario("removed", {
    about: "UFFDIO_CONTINUE maps a page of tmpfs that is removed",
    world: kernel,
    params: {},
    threads: (): Readonly<Record<string, Path>> => ({ cont: cont as Path, remover: removers[remover] as Path }),
    init: (k) => pageInCache(k, { pmd: "populated" }),
    specs: [noStalePte, noPteBeyondEof, ...balance],
    unreached: () => ["*"],
  });
  const { specs } = await resultUnder(memory, removed, {});
  return specs.filter(({ verdict }) => verdict !== "holds").map(({ name }) => name);
}

test("UFFDIO_CONTINUE leaves no PTE to a page that is punched out or truncated, and follows no NULL pointer", async () => {
  for (const memory of MEMORY_MODELS)
    for (const remover of ["truncate", "punch"] as const)
      assert.deepEqual(await violatedOf(memory, remover, uffdioContinue(0)), [], `${remover} under ${memory}`);
});

test("it is the look at page->mapping, under the page lock, that UFFDIO_CONTINUE needs beside a hole punch", async () => {
  const without = uffdioContinue(0).with({ drop: ["page->mapping == mapping?"] });
  assert.deepEqual(await violatedOf("sc", "punch", without), ["no-stale-pte"]);
});
