import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { reportsOf, type Renderers } from "../../src/cli/output/reports.ts";
import { viewerScript } from "../../src/cli/output/viewer.ts";
import { warner } from "../../src/cli/output/warnings.ts";
import { ModelError } from "../../src/model/error.ts";
import { renderPng } from "../../src/report/picture/png.ts";
import { renderSvg } from "../../src/report/picture/svg.ts";
import { faultVsPunch } from "../report/fault-vs-punch.ts";
import { sampleOf } from "../report/sample.ts";
import { faultline, filesUnder, inFolder, LOST_UPDATE, Recording } from "./recorded.ts";

const { result } = sampleOf(faultVsPunch, "no-stale-pte");
const traced = result.specs.filter(({ trace }) => trace).map(({ name }) => name);
const working: Renderers = { svg: renderSvg, png: renderPng, viewer: viewerScript };

async function written(
  renderers: Partial<Renderers>,
): Promise<{ readonly names: readonly string[]; readonly err: string }> {
  const io = new Recording("/");
  const files = await reportsOf(
    result,
    { png: true, html: true, itf: false, text: { width: 72, isFull: false } },
    warner(io),
    {
      ...working,
      ...renderers,
    },
  );
  return { names: files.map(({ name }) => name).toSorted(), err: io.err };
}

const named = (...kinds: readonly string[]): readonly string[] =>
  traced.flatMap((name) => kinds.map((kind) => `${name}.${kind}`)).toSorted();

test("every counterexample has its text, its pictures and its page", async () => {
  assert.deepEqual(await written({}), { names: named("txt", "dot", "svg", "png", "html"), err: "" });
});

test("a broken Graphviz costs the pictures and a warning for each, and nothing else", async () => {
  const { names, err } = await written({ svg: () => Promise.reject(new Error("Error: out of memory\n")) });
  assert.deepEqual(names, named("txt", "dot", "html"));
  for (const name of traced)
    assert.match(err, new RegExp(`^warning: ${name}\\.svg was not written: Error: out of memory$`, "m"));
});

test("without the PNG library there is one warning, with the remedy", async () => {
  const missing = new ModelError("no PNG can be drawn", { cause: "a package is missing", remedy: "npm install it" });
  const { names, err } = await written({ png: () => Promise.reject(missing) });
  assert.deepEqual(names, named("txt", "dot", "svg", "html"));
  assert.equal(err.match(/warning/g)!.length, 1);
  assert.match(err, /\.png was not written: no PNG can be drawn\n +a package is missing\n +try: npm install it\n$/);
});

test("a viewer that cannot be put together costs the pages", async () => {
  const { names, err } = await written({ viewer: () => Promise.reject(new Error("no esbuild")) });
  assert.deepEqual(names, named("txt", "dot", "svg", "png"));
  assert.match(err, /\.html was not written: no esbuild/);
});

test("check --png --html writes them, and the next run without removes them", async () => {
  await inFolder({ "lost.ts": LOST_UPDATE }, async (folder) => {
    const { code, err } = await faultline(folder, "check lost.ts --spec sum --png --html");
    assert.deepEqual([code, err], [1, ""]);
    const files = ["result.json", ...["dot", "html", "png", "svg", "txt"].map((kind) => `sum.${kind}`)];
    assert.deepEqual(await filesUnder(join(folder, "out/lost-update")), files);
    assert.match(await readFile(join(folder, "out/lost-update/sum.html"), "utf8"), /^<!doctype html>/);
    await faultline(folder, "check lost.ts --spec sum");
    const left = ["result.json", ...["dot", "svg", "txt"].map((kind) => `sum.${kind}`)];
    assert.deepEqual(await filesUnder(join(folder, "out/lost-update")), left);
  });
});

test("show --format html prints the page that check --html writes", async () => {
  await inFolder({ "lost.ts": LOST_UPDATE }, async (folder) => {
    await faultline(folder, "check lost.ts --html");
    const { code, out, err } = await faultline(folder, "show lost-update --format html --spec sum");
    assert.deepEqual([code, err], [0, ""]);
    assert.equal(out, await readFile(join(folder, "out/lost-update/sum.html"), "utf8"));
  });
});
