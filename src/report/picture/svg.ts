import { InternalError } from "../../model/error.ts";
import { loadModule } from "../../model/load-module.ts";
import { drawPinned } from "./pinned.ts";

// Graphviz knows the widths of Courier. These are as wide, and stronger on a screen.
export const FONTS = "DejaVu Sans Mono,Menlo,Liberation Mono,Courier New,Courier,monospace";

/** Draws a DOT graph as SVG: without Graphviz what has its places already. */
export const renderSvg = async (dot: string): Promise<string> =>
  drawPinned(dot, FONTS) ?? (await renderByGraphviz(dot));

/**
 * Has Graphviz draw a DOT graph as SVG. Throws an InternalError for what graphviz-cli would take without a word: for an empty
 * input it waits for stdin, and in place of an HTML label it draws the name of the node.
 */
export async function renderByGraphviz(dot: string): Promise<string> {
  if (dot.trim() === "") throw new InternalError("there is no graph to draw");
  if (/\blabel\s*=\s*</i.test(dot)) throw new InternalError("a graph with an HTML label cannot be drawn");
  const { renderGraphFromSource } = (await loadModule("graphviz-cli")) as typeof import("graphviz-cli");
  const svg = await renderGraphFromSource({ input: dot }, { format: "svg" });
  return svg.replaceAll('font-family="Courier,monospace"', `font-family="${FONTS}"`);
}
