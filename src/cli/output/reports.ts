import { counterexampleHtml } from "../../report/html/page.ts";
import { itf } from "../../report/formats/itf.ts";
import { lifelines } from "../../report/picture/lifelines.ts";
import { renderPng } from "../../report/picture/png.ts";
import { drawPinned } from "../../report/picture/pinned.ts";
import { FONTS, renderSvg } from "../../report/picture/svg.ts";
import { counterexampleText, type TextStyle } from "../../report/text/text.ts";
import type { Result, SpecResult } from "../../result/result.ts";
import type { Excerpt } from "../../source/lines.ts";
import { json } from "./files.ts";
import type { ReportFile } from "./folder.ts";
import { viewerScript } from "./viewer.ts";
import type { Warn } from "./warnings.ts";

/** Which files are wanted beside the text and the DOT and SVG pictures. */
export interface Wanted {
  readonly text: TextStyle;
  readonly png: boolean;
  readonly html: boolean;
  readonly itf: boolean;
}

/** What draws pictures, from DOT and from SVG, and what brings a page to life. */
export interface Renderers {
  /** Nothing for what a thread cannot draw: then there is DOT alone, and somebody else does with it what `withPictures` does. */
  readonly svg: (dot: string) => Promise<string | undefined>;
  readonly png: (svg: string) => Promise<Uint8Array>;
  readonly viewer: () => Promise<string>;
}

const RENDERERS: Renderers = { svg: renderSvg, png: renderPng, viewer: viewerScript };

/** For a thread that is not the process's first: Graphviz does not run there, but a report's picture has its places already. */
export const WITHOUT_GRAPHVIZ: Renderers = { ...RENDERERS, svg: (dot) => Promise.resolve(drawPinned(dot, FONTS)) };

/**
 * The text and the pictures of each counterexample, and of each run that reaches a `sometimes` spec. A picture that
 * cannot be drawn costs that file and a warning.
 */
export async function reportsOf(
  result: Result,
  wanted: Wanted,
  warn: Warn,
  renderers = RENDERERS,
  excerpts: readonly Excerpt[] = [],
): Promise<readonly ReportFile[]> {
  const files = result.specs
    .filter(({ trace }) => trace)
    .map(async (spec): Promise<readonly ReportFile[]> => [
      { name: `${spec.name}.txt`, content: counterexampleText(result, spec, wanted.text) },
      ...(await drawn(spec.name, lifelines(result, spec), wanted, warn, renderers)),
      ...(wanted.itf ? [{ name: `${spec.name}.itf.json`, content: json(itf(result, spec)) }] : []),
      ...(wanted.html ? await page(result, spec, excerpts, warn, renderers) : []),
    ]);
  return (await Promise.all(files)).flat();
}

/** Reports that were made without Graphviz, with the pictures that it alone can draw. */
export async function withPictures(
  reports: readonly ReportFile[],
  wanted: Pick<Wanted, "png">,
  warn: Warn,
): Promise<readonly ReportFile[]> {
  const names = new Set(reports.map(({ name }) => name));
  const files = reports.map(async ({ name, content }): Promise<readonly ReportFile[]> => {
    const graph = name.endsWith(DOT) ? name.slice(0, -DOT.length) : undefined;
    const isDrawn = graph === undefined || names.has(`${graph}.svg`);
    return isDrawn ? [{ name, content }] : drawn(graph, String(content), wanted, warn);
  });
  return (await Promise.all(files)).flat();
}

const DOT = ".dot";

/** A graph as DOT, SVG and, if it is wanted, PNG: as many of these as can be drawn. */
export async function drawn(
  name: string,
  dot: string,
  wanted: Pick<Wanted, "png">,
  warn: Warn,
  renderers = RENDERERS,
): Promise<readonly ReportFile[]> {
  const { svg: draw } = renderers;
  const svg = await attempt(`${name}.svg`, warn, () => draw(dot));
  const png =
    svg !== undefined && wanted.png ? await attempt(`${name}.png`, warn, () => renderers.png(svg)) : undefined;
  return [
    { name: `${name}.dot`, content: dot },
    ...(svg === undefined ? [] : [{ name: `${name}.svg`, content: svg }]),
    ...(png === undefined ? [] : [{ name: `${name}.png`, content: png }]),
  ];
}

async function page(
  result: Result,
  spec: SpecResult,
  excerpts: readonly Excerpt[],
  warn: Warn,
  { viewer }: Renderers,
): Promise<readonly ReportFile[]> {
  const name = `${spec.name}.html`;
  const script = await attempt(name, warn, viewer);
  return script === undefined ? [] : [{ name, content: counterexampleHtml(result, spec, script, excerpts) }];
}

async function attempt<C>(file: string, warn: Warn, draw: () => Promise<C>): Promise<C | undefined> {
  try {
    return await draw();
  } catch (error) {
    warn(`${file} was not written`, error);
    return undefined;
  }
}
