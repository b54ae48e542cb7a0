import assert from "node:assert/strict";
import { test } from "node:test";
import { flowsOf } from "../../src/report/picture/arrows.ts";
import { plain } from "../../src/report/text/wrap.ts";
import { lifelines } from "../../src/report/picture/lifelines.ts";
import { renderSvg } from "../../src/report/picture/svg.ts";
import { headlineOf, showRead, traceOf } from "../../src/report/phrases.ts";
import { assertGolden } from "../golden.ts";
import { sampleOf, SAMPLES } from "./sample.ts";
import { faultVsPunch } from "./fault-vs-punch.ts";
import { abba, pingPong } from "./small-models.ts";

interface Box {
  readonly id: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The nodes of a picture by name, as boxes; y runs down. */
function nodesOf(dot: string): ReadonlyMap<string, Box> {
  const nodes = new Map<string, Box>();
  for (const line of dot.split("\n")) {
    const [, id, x, y] = /^ {2}(\w+) \[pos="(-?[\d.]+),(-?[\d.]+)!"/.exec(line) ?? [];
    if (id === undefined) continue;
    const size = (name: string): number => 36 * Number(new RegExp(`\\b${name}=([\\d.]+)`).exec(line)?.[1] ?? 0);
    const [width, height] = [size("width"), size("height")];
    const [cx, cy] = [Number(x), -Number(y)];
    nodes.set(id, { id, left: cx - width, right: cx + width, top: cy - height, bottom: cy + height });
  }
  return nodes;
}

const overlap = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** Samples a line closely enough for boxes of this size. */
function crosses(from: Box, to: Box, box: Box): boolean {
  const centre = ({ left, right, top, bottom }: Box): readonly [number, number] => [
    (left + right) / 2,
    (top + bottom) / 2,
  ];
  const [[x1, y1], [x2, y2]] = [centre(from), centre(to)];
  for (let i = 1; i < 200; i++) {
    const [x, y] = [x1 + ((x2 - x1) * i) / 200, y1 + ((y2 - y1) * i) / 200];
    if (x > box.left + 0.5 && x < box.right - 0.5 && y > box.top && y < box.bottom) return true;
  }
  return false;
}

const visibleText = (svg: string): string =>
  svg
    .replaceAll(/<title>.*<\/title>/g, "")
    .replaceAll(/<[^>]*>/g, "")
    .replaceAll("&#45;", "-")
    .replaceAll("&#160;", " ")
    .replaceAll("&#39;", "'")
    .replaceAll("&quot;", '"')
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&")
    .replaceAll(/\s/g, "");

for (const [name, make] of SAMPLES) {
  test(`picture of ${name}: the same as ever`, () => {
    const { result, spec } = make();
    assertGolden(`report/${name}.dot`, lifelines(result, spec));
  });

  test(`picture of ${name}: nothing covers anything else`, () => {
    const { result, spec } = make();
    const dot = lifelines(result, spec);
    const nodes = nodesOf(dot);
    const named = (pattern: RegExp): readonly Box[] => [...nodes.values()].filter(({ id }) => pattern.test(id));
    const solid = [...named(/^(s|chip|head)\d+$/), ...named(/^verdict$/)];
    for (const [i, a] of solid.entries())
      for (const b of solid.slice(i + 1)) assert.ok(!overlap(a, b), `${a.id} covers ${b.id}`);
    const right = nodes.get("verdict")!.right;
    for (const { id, left, right: end } of [...solid, ...named(/^f\d/)])
      assert.ok(left >= -0.1 && end <= right + 0.1, `${id} sticks out`);
    for (const [, from, to] of dot.matchAll(/^ {2}(\w+) -> (\w+) /gm))
      for (const box of solid.filter(({ id }) => id !== from && id !== to))
        assert.ok(!crosses(nodes.get(from!)!, nodes.get(to!)!, box), `${from} -> ${to} crosses ${box.id}`);
  });

  test(`picture of ${name}: Graphviz draws every label, change and reason`, async () => {
    const { result, spec } = make();
    const trace = traceOf(spec);
    const svg = await renderSvg(lifelines(result, spec));
    assert.match(svg, /^<\?xml[^]*<svg [^]*<\/svg>\s*$/);
    const text = visibleText(svg);
    const shown = [
      ...[...trace.steps, ...trace.ending.blocked].flatMap(({ label, calls }) => [label, ...calls]),
      ...trace.steps.flatMap(({ changes }) => changes.filter(({ scope }) => scope === "shared").map((c) => c.field)),
      ...trace.ending.reads.map(showRead),
      headlineOf(spec, trace.ending),
      spec.name,
    ];
    for (const words of shown) assert.ok(text.includes(plain(words).replaceAll(/\s/g, "")), `no '${words}'`);
  });
}

test("an arrow leads from what one CPU wrote to where another one depends on it", () => {
  const { spec } = sampleOf(pingPong, "few-turns");
  assert.deepEqual(
    flowsOf(traceOf(spec))
      .slice(0, 3)
      .map(({ from, to, fields }) => [from, to, fields]),
    [
      [2, 3, ["turn"]],
      [5, 6, ["turn"]],
      [8, 9, ["turn"]],
    ],
  );
});

test("a run that reaches a spec has arrows from the last write of another CPU to the first read of it", () => {
  const { spec } = sampleOf(faultVsPunch, "page-leaves");
  const trace = traceOf(spec);
  for (const { kind, from, to, fields } of flowsOf(trace)) {
    assert.equal(kind, "read");
    for (const name of fields)
      assert.equal(trace.steps[to]!.reads.find(({ field }) => field === name)?.writtenBy, from);
  }
});

test("a waiting thread has an arrow from the step that made it wait", () => {
  const { spec } = sampleOf(abba, "not-stuck");
  assert.deepEqual(flowsOf(traceOf(spec)), [
    { kind: "read", from: 1, to: 2, fields: ["folios[1].locked"] },
    { kind: "read", from: 0, to: 3, fields: ["folios[0].locked"] },
  ]);
});

test("the conflicts that decided a run are arrows, and only what has a part in it is one", () => {
  const trace = traceOf(sampleOf(faultVsPunch, "no-stale-pte").spec);
  const flows = flowsOf(trace);
  const conflicts = trace.why?.conflicts ?? [];
  assert.ok(conflicts.length > 0);
  for (const { field, first, second, decisive } of conflicts)
    assert.ok(
      flows.some(
        ({ kind, from, to, fields }) =>
          from === first && to === second && fields.includes(field) && kind === (decisive ? "decisive" : "conflict"),
      ),
      field,
    );
  for (const { kind, from, to } of flows)
    if (kind === "read") assert.ok(trace.slice.includes(from) && trace.slice.includes(to));
});
