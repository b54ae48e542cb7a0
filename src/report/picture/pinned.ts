import { clippedAtArrow, clippedAtNode, type Curve } from "./curve.ts";

/**
 * Draws as SVG what `picture` in dot.ts makes: every node has its place and its size, so that nothing is left to lay out,
 * and to start Graphviz takes as long as all the rest that is done for a small model. It is the picture that Graphviz
 * draws, to a hundredth of a point. Nothing if the graph is of another kind, which is for Graphviz.
 */
export function drawPinned(dot: string, fonts: string): string | undefined {
  if (!dot.startsWith("digraph trace {\n  layout=neato;")) return undefined;
  const lines = dot.split("\n").slice(4, -2);
  const parts = lines.map(partOf);
  const nodes = new Map<string, Node>();
  const edges: Edge[] = [];
  for (const part of parts)
    if (!part) return undefined;
    else if ("to" in part) edges.push({ ...part, number: edges.length + 1 });
    else nodes.set(part.id, part);
  const corner = lowerLeft([...nodes.values()]);
  for (const node of nodes.values()) Object.assign(node, { x: node.x - corner.x, y: node.y - corner.y });
  // Graphviz goes from node to node, and from what begins there to where it leads.
  const order = new Map(Array.from(nodes.keys(), (id, i) => [id, i] as const));
  const placeOf = (id: string): number => order.get(id) ?? -1;
  const rank = ({ from, to }: Line): number => placeOf(from) * order.size + placeOf(to);
  edges.sort((a, b) => rank(a) - rank(b));
  const curves = edges.map((edge) => curveOf(edge, nodes));
  if (curves.includes(undefined)) return undefined;
  return svgOf([...nodes.values()], edges, curves as readonly Drawn[], fonts);
}

type Attributes = Readonly<Record<string, string>>;

/** Points; y runs up, as in Graphviz. */
interface Point {
  readonly x: number;
  readonly y: number;
}

interface Node extends Point {
  readonly id: string;
  readonly attributes: Attributes;
  readonly width: number;
  readonly height: number;
}

interface Edge extends Line {
  /** In the order of the text. */
  readonly number: number;
}

interface Line {
  readonly from: string;
  readonly to: string;
  readonly attributes: Attributes;
}

/** An edge between the borders of its nodes; `tip` is the end of its arrow head, which begins where the curve ends. */
interface Drawn {
  readonly curve: Curve;
  readonly tip: Point | undefined;
}

function partOf(line: string): Node | Line | undefined {
  const [, id, to, list] = /^ {2}(\w+)(?: -> (\w+))? \[(.*)\];$/.exec(line) ?? [];
  if (id === undefined || list === undefined) return undefined;
  const attributes = attributesIn(list);
  if (to !== undefined) return { from: id, to, attributes };
  const [, x, y] = /^(-?[\d.]+),(-?[\d.]+)!$/.exec(attributes["pos"] ?? "") ?? [];
  return x === undefined ? undefined : { id, x: Number(x), y: Number(y), attributes, ...sizeOf(attributes) };
}

const ATTRIBUTE = /(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))/g;

function attributesIn(list: string): Attributes {
  const attributes: Record<string, string> = {};
  for (const [, key, quoted, bare] of list.matchAll(ATTRIBUTE)) attributes[key!] = quoted ?? bare!;
  return attributes;
}

const points = (inches: string | undefined): number => Math.round(72 * Number(inches ?? 0));

// What Graphviz takes for the width of a character of Courier, as a part of the font size.
const ADVANCE = 1229 / 2048;

/** What is said has a size of its own, and may have more room. */
function sizeOf(attributes: Attributes): { readonly width: number; readonly height: number } {
  const { label = "", shape, width, height, fontsize } = attributes;
  if (shape === "point") return { width: 72 * Number(width), height: 72 * Number(height) };
  if (label === "") return { width: points(width), height: points(height) };
  const size = Number(fontsize);
  return { width: Math.max(points(width), ADVANCE * size * textOf(label).length), height: 1.2 * size };
}

/** `\l` ends a line that begins at the left; `\\l` is no such end. */
const isLeft = (label: string): boolean => /(?<!\\)(\\\\)*\\l$/.test(label);

const textOf = (label: string): string =>
  (isLeft(label) ? label.slice(0, -2) : label).replaceAll("&amp;", "&").replaceAll(/\\(.)/g, "$1");

const lowerLeft = (nodes: readonly Node[]): Point => ({
  x: Math.min(...nodes.map(({ x, width }) => x - width / 2)),
  y: Math.min(...nodes.map(({ y, height }) => y - height / 2)),
});

function curveOf({ from, to, attributes }: Line, nodes: ReadonlyMap<string, Node>): Drawn | undefined {
  const [tail, head] = [nodes.get(from), nodes.get(to)];
  if (!tail || !head) return undefined;
  const straight: Curve = [tail, tail, head, head];
  const clipped = clippedAtNode(clippedAtNode(straight, tail, isIn(tail), true), head, isIn(head), false);
  if (attributes["arrowhead"] === "none") return { curve: clipped, tip: undefined };
  return { curve: clippedAtArrow(clipped, ARROW), tip: clipped[3] };
}

/** Whether a place, seen from the centre of a node, is in it. */
const isIn =
  ({ attributes: { shape }, width, height }: Node) =>
  ({ x, y }: Point): boolean =>
    shape === "point" ? Math.hypot(x, y) <= width / 2 : Math.abs(x) <= width / 2 && Math.abs(y) <= height / 2;

// With arrowsize=0.7.
const ARROW = 7;
const PAD = 10.8;

function svgOf(nodes: readonly Node[], edges: readonly Edge[], curves: readonly Drawn[], fonts: string): string {
  const far = [
    ...nodes.map(({ x, y, width, height }) => ({ x: x + width / 2, y: y + height / 2 })),
    ...curves.flatMap(({ curve }) => curve),
  ];
  const right = Math.max(...far.map(({ x }) => x)) + PAD;
  const top = Math.max(...far.map(({ y }) => y)) + PAD;
  const [width, height] = [right + PAD, top + PAD];
  const corners = [
    [-PAD, -PAD],
    [-PAD, top],
    [right, top],
    [right, -PAD],
    [-PAD, -PAD],
  ].map(([x, y]) => ({ x: x!, y: y! }));
  return [
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?>',
    '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN"',
    ' "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">',
    "<!-- Drawn by faultline as Graphviz would -->",
    `<svg width="${width.toFixed(0)}pt" height="${height.toFixed(0)}pt"`,
    ` viewBox="0.00 0.00 ${width.toFixed(2)} ${height.toFixed(2)}" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">`,
    `<g id="graph0" class="graph" transform="scale(1 1) rotate(0) translate(${digits(PAD)} ${digits(top)})">`,
    "<title>trace</title>",
    `<polygon fill="white" stroke="transparent" points="${corners.map(shown).join(" ")}"/>`,
    ...nodes.flatMap((node, i) => group(node.id, `node${i + 1}`, "node", drawnNode(node, fonts))),
    ...edges.flatMap((edge, i) =>
      group(`${edge.from}->${edge.to}`, `edge${edge.number}`, "edge", drawnEdge(edge, curves[i]!)),
    ),
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

/** What cannot be seen has its name alone. */
const group = (name: string, id: string, kind: string, drawn: readonly string[]): readonly string[] => [
  `<!-- ${escaped(name)} -->`,
  ...(drawn.length === 0
    ? []
    : [`<g id="${id}" class="${kind}">`, `<title>${escaped(name)}</title>`, ...drawn, "</g>"]),
];

/** With two digits at most, and none that say nothing. */
function digits(value: number): string {
  const text = value.toFixed(2);
  const short = text.endsWith(".00") ? text.slice(0, -3) : text.endsWith("0") ? text.slice(0, -1) : text;
  return short === "-0" ? "0" : short;
}

const shown = ({ x, y }: Point): string => `${digits(x)},${digits(-y)}`;

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "-": "&#45;",
  " ": "&#160;",
};

/** Of several blanks in a row, all but the first are kept from being taken for one. */
const escaped = (text: string): string => text.replaceAll(/[&<>"'-]|(?<= ) /g, (char) => ESCAPES[char]!);

function drawnNode(node: Node, fonts: string): readonly string[] {
  const { x, y, width, height, attributes } = node;
  const { label = "", style = "", fillcolor, color, fontsize, fontcolor } = attributes;
  if (style === "invis") return [];
  if (label !== "") {
    const size = Number(fontsize);
    const [anchor, from] = isLeft(label) ? ["start", x - width / 2] : ["middle", x];
    const at = `text-anchor="${anchor}" x="${digits(from)}" y="${digits(0.3 * size - y)}"`;
    const font = `font-family="${fonts}" font-size="${size.toFixed(2)}" fill="${fontcolor}"`;
    return [`<text ${at} ${font}>${escaped(textOf(label))}</text>`];
  }
  const [left, right, low, high] = [x - width / 2, x + width / 2, y - height / 2, y + height / 2];
  const corners = [
    { x: right, y: high },
    { x: left, y: high },
    { x: left, y: low },
    { x: right, y: low },
  ];
  const ink = `fill="${fillcolor}" stroke="${color}"${stroke(attributes)}`;
  return style.includes("rounded")
    ? [`<path ${ink} d="${rounded(corners, Math.min(12, width / 3, height / 3))}"/>`]
    : [`<polygon ${ink} points="${[...corners, corners[0]!].map(shown).join(" ")}"/>`];
}

const stroke = ({ penwidth, style = "" }: Attributes): string =>
  (penwidth === undefined || penwidth === "1" ? "" : ` stroke-width="${penwidth}"`) +
  (style.includes("dashed") ? ' stroke-dasharray="5,2"' : "");

/** Between the corners straight, and round them a curve that begins and ends so far away. */
function rounded(corners: readonly Point[], radius: number): string {
  const toward = (from: Point, to: Point, by: number): Point => {
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    return { x: from.x + ((to.x - from.x) * by) / length, y: from.y + ((to.y - from.y) * by) / length };
  };
  const path = corners.flatMap((corner, i) => {
    const next = corners[(i + 1) % corners.length]!;
    const after = corners[(i + 2) % corners.length]!;
    const [begin, end] = [toward(corner, next, radius), toward(next, corner, radius)];
    return [
      begin,
      end,
      end,
      toward(next, corner, radius / 2),
      toward(next, after, radius / 2),
      toward(next, after, radius),
    ];
  });
  return `M${shown(path[0]!)}C${shown(path[0]!)} ${path.slice(1).map(shown).join(" ")}`;
}

// Graphviz adds it, and it makes a difference in the last digit.
const ALMOST_NONE = 0.0001;
const away = (value: number): number => (value >= 0 ? value + ALMOST_NONE : value - ALMOST_NONE);

function drawnEdge({ attributes }: Line, { curve, tip }: Drawn): readonly string[] {
  const { color } = attributes;
  const [begin, ...rest] = curve;
  const line = `<path fill="none" stroke="${color}"${stroke(attributes)} d="M${shown(begin)}C${rest.map(shown).join(" ")}"/>`;
  if (!tip) return [line];
  const [dx, dy] = [curve[3].x - tip.x, curve[3].y - tip.y];
  const scale = ARROW / (Math.hypot(dx, dy) + ALMOST_NONE);
  const along = { x: scale * away(dx), y: scale * away(dy) };
  const base = { x: tip.x + along.x, y: tip.y + along.y };
  const across = { x: -0.35 * along.y, y: 0.35 * along.x };
  const head = [
    { x: base.x - across.x, y: base.y - across.y },
    tip,
    { x: base.x + across.x, y: base.y + across.y },
    { x: base.x - across.x, y: base.y - across.y },
  ];
  const { style: _, ...plain } = attributes;
  return [line, `<polygon fill="${color}" stroke="${color}"${stroke(plain)} points="${head.map(shown).join(" ")}"/>`];
}
