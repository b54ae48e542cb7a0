import assert from "node:assert/strict";
import { test } from "node:test";
import { quote } from "../../src/report/picture/dot.ts";
import { renderSvg } from "../../src/report/picture/svg.ts";

test("renderSvg refuses what graphviz-cli would take without a word", async () => {
  await assert.rejects(renderSvg(" \n"), /no graph/);
  await assert.rejects(renderSvg("digraph { a [label=<<b>x</b>>] }"), /HTML label/);
});

test("renderSvg reports a syntax error", async () => {
  await assert.rejects(renderSvg("digraph { a -> }"), /syntax error/);
});

test("a quoted label shows exactly its text", async () => {
  const labels = ['say "x"', "a\\nb\\\\c\\", "&lt; && &xas &#65;", "{p->q | <r>}", "\\N \\G \\l", "%d #x"];
  const svg = await renderSvg(`digraph { ${labels.map((label, i) => `n${i} [label=${quote(label)}];`).join(" ")} }`);
  const shown = [...svg.matchAll(/<text[^>]*>(.*)<\/text>/g)].map(([, text]) =>
    text!
      .replaceAll("&#45;", "-")
      .replaceAll("&quot;", '"')
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&amp;", "&"),
  );
  assert.deepEqual(shown, labels);
});
