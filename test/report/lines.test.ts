import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { lineOfStep } from "../../src/model/step-line.ts";
import { BUFFERING, faultline, inFolder, LOST_UPDATE, readJson } from "../cli/recorded.ts";

test("the line of a step is that of its label in the call that defines its path", () => {
  const text = `const FREE = "free it";
const other = w.path("other", {}, { "x = 1": a });
const p = w.path("p", { l: int(0, 1) }, {
  // "x = 1": (an old one)
  "x = 1": once((k) => { k.x = f(")"); }),
  'y': b,
  z: c,
  [FREE]: full((k) => {}),
  ...common,
});
const later = w.path("later", {}, { "elsewhere": d });`;
  const place = { line: 3, column: 13 };
  const lines = ["x = 1", "y", "z", "free it", "elsewhere", "l"].map((label) => lineOfStep(text, place, label));
  assert.deepEqual(lines, [5, 6, 7, 8, undefined, 3]);
  assert.equal(lineOfStep(text, { line: 99, column: 1 }, "y"), undefined);
});

interface Located {
  readonly physicalLocation: { readonly region: { readonly startLine: number } };
  readonly logicalLocations: readonly { readonly fullyQualifiedName: string }[];
}

test("SARIF pointed at paths in place of steps", async () => {
  await inFolder({ "race.ts": LOST_UPDATE, "b.ts": BUFFERING }, async (folder) => {
    const lineIn = async (file: string, part: string): Promise<number> =>
      (await readFile(join(folder, file), "utf8")).split("\n").findIndex((line) => line.includes(part)) + 1;
    const locationsOf = async (line: string): Promise<readonly Located[]> => {
      await faultline(folder, `${line} --sarif log.sarif --quiet`);
      const { runs } = (await readJson(folder, "log.sarif")) as {
        runs: [
          {
            results: {
              locations: Located[];
              codeFlows: [{ threadFlows: { locations: { location: Located }[] }[] }];
            }[];
          },
        ];
      };
      return runs[0].results.flatMap(({ locations, codeFlows }) => [
        ...locations,
        ...codeFlows.flatMap(({ threadFlows }) =>
          threadFlows.flatMap((flow) => flow.locations.map(({ location }) => location)),
        ),
      ]);
    };
    for (const { physicalLocation, logicalLocations } of await locationsOf("check race.ts --spec sum")) {
      const label = logicalLocations[0]!.fullyQualifiedName.replace("add_one: ", "");
      assert.equal(physicalLocation.region.startLine, await lineIn("race.ts", `"${label}":`));
    }
    for (const memory of ["tso", "lkmm"])
      for (const { physicalLocation, logicalLocations } of await locationsOf(
        `check b.ts --memory ${memory} --spec seen`,
      )) {
        const label = logicalLocations[0]!.fullyQualifiedName.slice(3);
        assert.equal(physicalLocation.region.startLine, await lineIn("b.ts", `  ${label}: once`));
      }
  });
});

test("an ITF trace said nothing of locals, and not where the threads are", async () => {
  await inFolder({ "race.ts": LOST_UPDATE, "b.ts": BUFFERING }, async (folder) => {
    await faultline(folder, "check race.ts --spec sum --itf --quiet");
    const { vars, states } = (await readJson(folder, "out/lost-update/sum.itf.json")) as {
      vars: string[];
      states: Record<string, unknown>[];
    };
    assert.deepEqual(vars, ["mbt::actionTaken", "faultline::pc", "n", "t0.old", "t1.old"]);
    for (const state of states) for (const name of vars) assert.ok(name in state, name);
    const [load, store] = ["old = n", "n = old + 1"];
    assert.deepEqual(
      states.map((state) => state["faultline::pc"]),
      [
        { t0: load, t1: load },
        { t0: store, t1: load },
        { t0: store, t1: store },
        { t0: store, t1: "done" },
        { t0: "done", t1: "done" },
      ],
    );
    for (const memory of ["tso", "lkmm"]) {
      await faultline(folder, `check b.ts --memory ${memory} --spec seen --itf --quiet`);
      const weak = (await readJson(folder, "out/buffering/seen.itf.json")) as { states: Record<string, unknown>[] };
      assert.deepEqual(weak.states[0]!["faultline::pc"], { a: "store", b: "store" });
      assert.deepEqual(weak.states.at(-1)!["faultline::pc"], { a: "done", b: "done" });
    }
  });
});
