import { lifelines } from "../report/lifelines.ts";
import { renderPng } from "../report/png.ts";
import { renderSvg } from "../report/svg.ts";
import { counterexampleText, type TextStyle } from "../report/text.ts";
import type { Result } from "../trace/result.ts";
import type { ReportFile } from "./folder.ts";
import type { Warn } from "./warnings.ts";

/** Which files are wanted beside the text and the DOT and SVG pictures. */
export interface Wanted {
  readonly text: TextStyle;
  readonly png: boolean;
}

/** What draws pictures: from DOT, and from SVG. */
export interface Renderers {
  readonly svg: (dot: string) => Promise<string>;
  readonly png: (svg: string) => Promise<Uint8Array>;
}

const RENDERERS: Renderers = { svg: renderSvg, png: renderPng };

/**
 * The text and the pictures of each counterexample, and of each run that reaches a `sometimes` spec. A picture that
 * cannot be drawn costs that file and a warning.
 */
export async function reportsOf(
  result: Result,
  wanted: Wanted,
  warn: Warn,
  renderers = RENDERERS,
): Promise<readonly ReportFile[]> {
  const files = result.specs
    .filter(({ trace }) => trace)
    .map(async (spec): Promise<readonly ReportFile[]> => [
      { name: `${spec.name}.txt`, content: counterexampleText(result, spec, wanted.text) },
      ...(await drawn(spec.name, lifelines(result, spec), wanted, warn, renderers)),
    ]);
  return (await Promise.all(files)).flat();
}

/** A graph as DOT, SVG and, if it is wanted, PNG: as many of these as can be drawn. */
export async function drawn(
  name: string,
  dot: string,
  wanted: Pick<Wanted, "png">,
  warn: Warn,
  renderers = RENDERERS,
): Promise<readonly ReportFile[]> {
  const attempt = async <C>(file: string, draw: () => Promise<C>): Promise<C | undefined> => {
    try {
      return await draw();
    } catch (error) {
      warn(`${file} was not written`, error);
      return undefined;
    }
  };
  const svg = await attempt(`${name}.svg`, () => renderers.svg(dot));
  const png = svg !== undefined && wanted.png ? await attempt(`${name}.png`, () => renderers.png(svg)) : undefined;
  return [
    { name: `${name}.dot`, content: dot },
    ...(svg === undefined ? [] : [{ name: `${name}.svg`, content: svg }]),
    ...(png === undefined ? [] : [{ name: `${name}.png`, content: png }]),
  ];
}
