import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { scenarios } from "../../models/scenarios/index.ts";
import { resetDeadLocals } from "../../src/analysis/liveness.ts";
import { expectedOf } from "../../src/export/expected.ts";
import { exportedOf } from "../../src/export/exported.ts";
import { tla } from "../../src/export/tla/tla.ts";
import { buildProgram } from "../../src/machine/build.ts";
import { resolveParams } from "../../src/model/scenario.ts";
import type { ParamValues } from "../../src/model/params.ts";
import { searchAll } from "../search/agreement.ts";

/** Where tla2tools.jar is; there is no package of it that could be installed. */
const JAR = process.env["TLA2TOOLS"];
const skip = JAR === undefined && "TLA2TOOLS does not name a tla2tools.jar";

/** Of so many pinned runs one, as Java takes some seconds to begin: TLA2TOOLS_EACH=1 takes all. */
const EACH = Number(process.env["TLA2TOOLS_EACH"] ?? 16);

interface Found {
  readonly states: number;
  readonly violated: ReadonlySet<string>;
  readonly output: string;
}

function tlc(folder: string, module: string, config: string): Found {
  writeFileSync(join(folder, "m.tla"), module);
  writeFileSync(join(folder, "m.cfg"), config);
  const words = ["-XX:+UseParallelGC", "-cp", JAR!, "tlc2.TLC", "-continue", "-config", "m.cfg", "m.tla"];
  const { stdout } = spawnSync("java", words, { cwd: folder, encoding: "utf8", maxBuffer: 2 ** 30 });
  const [, states = "none"] = /([\d,]+) distinct states found, 0 states left/.exec(stdout) ?? [];
  const invariants = [...stdout.matchAll(/Invariant (\w+) is violated/g)].map(([, name]) => name!);
  const properties = /Temporal properties were violated/.test(stdout) ? ["a property"] : [];
  return {
    states: Number(states.replaceAll(",", "")),
    violated: new Set([...invariants, ...properties]),
    output: stdout,
  };
}

const SHORT = (name: string): string => `SPECIFICATION Spec\nCHECK_DEADLOCK FALSE\nINVARIANT ${name}\n`;
const nameIn = (spec: string): string => spec.replaceAll("-", "_");

const runs = scenarios
  .flatMap((scenario) =>
    scenario.expect.flatMap(({ set = {}, memory = "sc" }) =>
      memory === "sc" ? [{ scenario, set: set as ParamValues }] : [],
    ),
  )
  .filter((_, i) => i % EACH === 0);

for (const { scenario, set } of runs)
  test(`TLC agrees on ${scenario.name} ${JSON.stringify(set)}`, { skip }, async () => {
    const program = resetDeadLocals(buildProgram(scenario, resolveParams(scenario, set)));
    const explored = await searchAll(program);
    const expected = expectedOf(program, explored);
    const { module, config } = tla(exportedOf(program), expected, "faultline export", "m");
    const folder = mkdtempSync(join(tmpdir(), "faultline-tlc-"));
    try {
      const { states, violated, output } = tlc(folder, module, config);
      assert.equal(states, expected.states, output);
      const wanted = new Set(expected.violated.map(nameIn));
      const isProgress = scenario.progress.some(({ name }) => explored.found.has(name));
      for (const name of violated) assert.ok(wanted.has(name) || (name === "a property" && isProgress), name);
      assert.equal(violated.has("a property"), isProgress);
      // Of several in one state it tells the first alone.
      for (const name of wanted)
        if (!violated.has(name)) assert.ok(tlc(folder, module, SHORT(name)).violated.has(name), name);
      for (const { name, kind } of scenario.specs.filter((spec) => spec.kind === "sometimes")) {
        const never = `never_${nameIn(name)}`;
        assert.equal(
          tlc(folder, module, SHORT(never)).violated.has(never),
          expected.reached.includes(name),
          `${kind} ${name}`,
        );
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
