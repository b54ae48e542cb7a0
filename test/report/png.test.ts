import assert from "node:assert/strict";
import { test } from "node:test";
import { lifelines } from "../../src/report/picture/lifelines.ts";
import { renderPng } from "../../src/report/picture/png.ts";
import { FONTS, renderSvg } from "../../src/report/picture/svg.ts";
import { nativeSvg, noNativeDot } from "../native-dot.ts";
import { SAMPLES } from "./sample.ts";

/** Width and height of a PNG, from its header. */
function sizeOf(png: Uint8Array): readonly [number, number] {
  assert.deepEqual(Array.from(png.subarray(0, 8)), [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const view = new DataView(png.buffer, png.byteOffset);
  return [view.getUint32(16), view.getUint32(20)];
}

for (const [name, make] of SAMPLES)
  test(`PNG of ${name}: as large as the SVG says, with its text, the same on every run`, async () => {
    const { result, spec } = make();
    const svg = await renderSvg(lifelines(result, spec));
    const png = await renderPng(svg);
    const [, width, height] = /<svg width="(\d+)pt" height="(\d+)pt"/.exec(svg)!;
    const [w, h] = sizeOf(png);
    assert.ok(Math.abs(w - Number(width) * 2) <= 2 && Math.abs(h - Number(height) * 2) <= 2, `${w} x ${h}`);
    assert.deepEqual(png, await renderPng(svg));
    // Text that finds no font vanishes without a word.
    const blank = await renderPng(svg.replaceAll(/(<text[^>]*>)[^<]*/g, "$1"));
    assert.ok(png.length > 1.5 * blank.length, `${png.length} against ${blank.length} without text`);
  });

test("an SVG without the font that pictures have is refused", async () => {
  await assert.rejects(renderPng('<svg width="9pt" height="9pt" xmlns="http://www.w3.org/2000/svg"/>'), /without text/);
});

test("a large picture gets fewer pixels, and one that nobody could read is refused", async () => {
  const svg = (size: number): string =>
    `<svg width="${size}pt" height="${size}pt" xmlns="http://www.w3.org/2000/svg">` +
    `<text font-family="${FONTS}" x="5" y="50">x</text></svg>`;
  const [width, height] = sizeOf(await renderPng(svg(6_000)));
  assert.ok(width === height && width > 7_000 && width * height <= 61e6, `${width} x ${height}`);
  await assert.rejects(renderPng(svg(200_000)), /too large for a PNG/);
});

for (const [name, make] of SAMPLES)
  test(`picture of ${name}: Graphviz's own dot draws it without a word`, { skip: noNativeDot }, () => {
    const { result, spec } = make();
    const { svg, said } = nativeSvg(lifelines(result, spec));
    assert.equal(said, "");
    assert.match(svg, /<\/svg>\s*$/);
  });
