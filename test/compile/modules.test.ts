import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { add, assemble, below, get, set, whileDo } from "../../src/compile/assembler.ts";
import { moduleOf, type Tier } from "../../src/compile/modules.ts";

const CODE = assemble({
  count: { params: 1, locals: 1, body: [whileDo(below(get(1), get(0)), set(1, add(get(1), 1))), get(1)] },
});

function countTo(most: number, tier: Tier): unknown {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65_536, shared: true });
  const { count } = new WebAssembly.Instance(moduleOf(CODE, tier), { env: { memory } }).exports;
  return (count as (most: number) => number)(most);
}

/** What V8 says that it compiles in a process in which modules of the same code, made so, count to some millions. */
function compiledFor(...tiers: readonly Tier[]): string {
  const script = `
    const { moduleOf } = await import(${JSON.stringify(import.meta.resolve("../../src/compile/modules.js"))});
    const env = { memory: new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true }) };
    for (const tier of ${JSON.stringify(tiers)}) {
      const module = moduleOf(Uint8Array.of(${CODE.join()}), tier);
      for (let i = 0; i < 50; i++) new WebAssembly.Instance(module, { env }).exports.count(5_000_000);
    }`;
  const flags = ["--trace-wasm-compilation-times", "--input-type=module", "--eval", script];
  return execFileSync(process.execPath, flags, { encoding: "utf8" });
}

test("a module does the same, whatever V8 makes of it", () => {
  assert.deepEqual([countTo(1000, "soon"), countTo(1000, "fast")], [1000, 1000]);
});

test("V8 optimises nothing of a module that is to be there soon, and then the same code where it is to be fast", () => {
  assert.doesNotMatch(compiledFor("soon"), /TurboFan/);
  assert.match(compiledFor("soon", "fast"), /TurboFan/);
});
