import assert from "node:assert/strict";
import { test } from "node:test";
import { box, centred, joint, line, picture, text } from "../../src/report/picture/dot.ts";
import { lifelines } from "../../src/report/picture/lifelines.ts";
import { drawPinned } from "../../src/report/picture/pinned.ts";
import { FONTS, renderByGraphviz } from "../../src/report/picture/svg.ts";
import { SAMPLES } from "./sample.ts";

/** A picture without what it says of its maker, and its numbers. */
function taken(svg: string): { readonly words: string; readonly numbers: readonly number[] } {
  const drawn = svg.replaceAll(/<!-- (Drawn|Generated|Title)[^]*?-->\n/g, "");
  const number = /(?<![a-z\d_#.-])-?\d+(\.\d+)?/g;
  return { words: drawn.replaceAll(number, "0"), numbers: [...drawn.matchAll(number)].map(([one]) => Number(one)) };
}

async function sameAsGraphviz(dot: string): Promise<void> {
  const own = taken(drawPinned(dot, FONTS)!);
  const theirs = taken(await renderByGraphviz(dot));
  assert.equal(own.words, theirs.words);
  for (const [i, number] of own.numbers.entries())
    assert.ok(Math.abs(number - theirs.numbers[i]!) < 0.011, `${number} is ${theirs.numbers[i]}`);
}

for (const [name, make] of SAMPLES)
  test(`picture of ${name}: it is what Graphviz draws, without the time that Graphviz takes to begin`, async () => {
    const { result, spec } = make();
    await sameAsGraphviz(lifelines(result, spec));
  });

test("labels, boxes and lines of all kinds are drawn as Graphviz draws them", async () => {
  const labels = ['say "x"', "a\\nb\\\\c\\", "&lt; && &xas", "'p'->q  |   <r>", "\\N \\l", "%d #x; [y=1]", " a"];
  const colours = { fill: "#ffffff", line: "#c05621" };
  const arrow = { colour: "#b00020", thickness: 2.4 };
  await sameAsGraphviz(
    picture([
      ...labels.map((label, i) => text(`t${i}`, { x: 3, y: 20 * i }, 99.5, label, 7, "#777777")),
      ...labels.map((label, i) => centred(`c${i}`, { x: 303, y: 20.7 * i }, label, 11, "#000000")),
      centred("long", { x: 0, y: 300 }, "sticks out at the left and at the right", 60, "#000000"),
      box("thin", { x: 50, y: 50 }, { width: 0.8, height: 90 }, colours),
      box("thick", { x: 150, y: 50 }, { width: 80, height: 90 }, { ...colours, thickness: 2, style: "filled,rounded" }),
      box("small", { x: 150, y: 250.4 }, { width: 30, height: 13 }, { ...colours, style: "filled,rounded,dashed" }),
      joint("a", { x: -70, y: 250.4 }),
      joint("b", { x: -70, y: 10 }),
      joint("c", { x: 150, y: 400 }),
      line("small", "a", { ...arrow, isDashed: true }),
      line("a", "b", { ...arrow, hasHead: true }),
      line("small", "thick", { ...arrow, hasHead: true, isDashed: true }),
      line("b", "small", { colour: "#000000", thickness: 1, hasHead: true }),
      line("c", "small", { colour: "#000000", thickness: 1 }),
    ]),
  );
});

test("a graph that has to be laid out is left to Graphviz", () => {
  assert.equal(drawPinned('digraph { a [pos="1,1!"]; }', FONTS), undefined);
  assert.equal(drawPinned(picture(["  a -> b [color=red];"]), FONTS), undefined);
  assert.equal(drawPinned(picture(["  subgraph {"]), FONTS), undefined);
});
