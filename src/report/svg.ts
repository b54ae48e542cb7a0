import { renderGraphFromSource } from "graphviz-cli";
import { InternalError } from "../model/error.ts";

/**
 * Draws a DOT graph as SVG. Throws an InternalError for what graphviz-cli would take without a word: for an empty
 * input it waits for stdin, and in place of an HTML label it draws the name of the node.
 */
export async function renderSvg(dot: string): Promise<string> {
  if (dot.trim() === "") throw new InternalError("there is no graph to draw");
  if (/\blabel\s*=\s*</i.test(dot)) throw new InternalError("a graph with an HTML label cannot be drawn");
  return await renderGraphFromSource({ input: dot }, { format: "svg" });
}
