import { createRequire } from "node:module";
import { InternalError, ModelError } from "../model/error.ts";
import { FONTS } from "./svg.ts";

/** What of @resvg/resvg-js is used. The package is optional, so that nothing here may need its types to compile. */
interface Resvg {
  readonly Resvg: new (
    svg: string,
    options: {
      readonly font: { readonly fontFiles: readonly string[]; readonly loadSystemFonts: false };
      readonly fitTo: { readonly mode: "zoom"; readonly value: number };
      readonly background: string;
    },
  ) => { render(): { asPng(): Uint8Array } };
}

const RENDERER = "@resvg/resvg-js";
const FONT_FILE = "dejavu-fonts-ttf/ttf/DejaVuSansMono.ttf";
const FAMILY = "DejaVu Sans Mono";
// Pixels for each of an SVG's own; a point is 4/3 of those.
const ZOOM = 1.5;

/**
 * Draws an SVG of `renderSvg` as PNG, with a font that is the same on every machine. Throws a ModelError where the
 * optional packages that it takes are not installed.
 */
export async function renderPng(svg: string): Promise<Uint8Array> {
  const { Resvg, font } = await renderer();
  // A family that is not among the files would leave the text out without a word.
  const text = svg.replaceAll(FONTS, FAMILY);
  if (!text.includes(`font-family="${FAMILY}"`)) throw new InternalError("a picture without text cannot be drawn");
  return new Resvg(text, {
    font: { fontFiles: [font], loadSystemFonts: false },
    fitTo: { mode: "zoom", value: ZOOM },
    background: "#ffffff",
  })
    .render()
    .asPng();
}

async function renderer(): Promise<Resvg & { readonly font: string }> {
  try {
    const { Resvg } = (await import(RENDERER)) as Resvg;
    return { Resvg, font: createRequire(import.meta.url).resolve(FONT_FILE) };
  } catch (error) {
    throw new ModelError(
      "no PNG can be drawn",
      {
        cause: `the optional packages ${RENDERER} and dejavu-fonts-ttf are not installed here`,
        remedy: "npm install --no-save @resvg/resvg-js@2.6.2 dejavu-fonts-ttf@2.37.3",
      },
      { cause: error },
    );
  }
}
