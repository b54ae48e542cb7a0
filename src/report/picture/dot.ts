import { plain } from "../text/wrap.ts";

/** A place in the picture, in points: x to the right, y down. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Width of a character of Courier, as a part of the font size. */
const ADVANCE = 0.6;

export const widthOf = (text: string, fontSize: number): number => text.length * fontSize * ADVANCE;

/**
 * A DOT string that shows exactly this text. Graphviz takes a backslash for an escape and an ampersand for an entity;
 * nothing else has a meaning in the label of a box.
 */
export const quote = (text: string): string =>
  `"${plain(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("&", "&amp;")}"`;

const at = ({ x, y }: Place): string => `pos="${x.toFixed(1)},${(0 - y).toFixed(1)}!"`;
const inches = (points: number): string => (points / 72).toFixed(3);

export interface BoxStyle {
  readonly fill: string;
  readonly line: string;
  readonly thickness?: number;
  readonly style?: "filled" | "filled,rounded" | "filled,rounded,dashed";
}

/** An empty box around a centre. */
export function box(id: string, centre: Place, { width, height }: Size, style: BoxStyle): string {
  const thickness = style.thickness === undefined ? "" : ` penwidth=${style.thickness}`;
  return (
    `  ${id} [${at(centre)} shape=box style="${style.style ?? "filled"}" fillcolor="${style.fill}" ` +
    `color="${style.line}"${thickness} fixedsize=true width=${inches(width)} height=${inches(height)} label=""];`
  );
}

/**
 * A line of text that begins at `left`; `left.y` is its middle. It gets `room` points, more than it should need: then
 * it begins there even where another font stands in for Courier.
 */
export const text = (id: string, left: Place, room: number, line: string, size: number, colour: string): string =>
  `  ${id} [${at({ x: left.x + room / 2, y: left.y })} fixedsize=shape width=${inches(room)} fontsize=${size} ` +
  `fontcolor="${colour}" label=${quote(line).slice(0, -1)}\\l"];`;

/** A line of text around a centre. */
export const centred = (id: string, centre: Place, line: string, size: number, colour: string): string =>
  `  ${id} [${at(centre)} fontsize=${size} fontcolor="${colour}" label=${quote(line)}];`;

/** The end of a line. */
export const joint = (id: string, place: Place): string =>
  `  ${id} [${at(place)} shape=point style=invis width=0.01 height=0.01 label=""];`;

export interface LineStyle {
  readonly colour: string;
  readonly thickness: number;
  readonly isDashed?: boolean;
  readonly hasHead?: boolean;
}

export const line = (
  from: string,
  to: string,
  { colour, thickness, isDashed = false, hasHead = false }: LineStyle,
): string =>
  `  ${from} -> ${to} [color="${colour}" penwidth=${thickness}${isDashed ? " style=dashed" : ""}${hasHead ? "" : " arrowhead=none"}];`;

/** A picture in which every node has its place already, so that each Graphviz draws the same. */
export const picture = (parts: readonly string[]): string =>
  [
    "digraph trace {",
    "  layout=neato; inputscale=72; splines=line; outputorder=nodesfirst; pad=0.15; bgcolor=white;",
    '  node [fontname="Courier" fontsize=9 shape=plaintext margin=0 width=0 height=0];',
    "  edge [arrowsize=0.7];",
    ...parts,
    "}",
    "",
  ].join("\n");
