import { createRequire } from "node:module";
import { InternalError, ModelError } from "../../model/error.ts";
import { loadModule } from "../../model/load-module.ts";
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
// Pixels for each of an SVG's own. A large picture gets fewer, down to where it cannot be read any more.
const ZOOM = 1.5;
const LEAST_ZOOM = 0.6;
const MOST_PIXELS = 60e6;

/**
 * Draws an SVG of `renderSvg` as PNG, with a font that is the same on every machine. Throws a ModelError where the
 * optional packages that it takes are not installed, and for a picture that would be too large.
 */
export async function renderPng(svg: string): Promise<Uint8Array> {
  const zoom = zoomOf(svg);
  const { Resvg, font } = await renderer();
  // A family that is not among the files would leave the text out without a word.
  const text = svg.replaceAll(FONTS, FAMILY);
  if (!text.includes(`font-family="${FAMILY}"`)) throw new InternalError("a picture without text cannot be drawn");
  return new Resvg(text, {
    font: { fontFiles: [font], loadSystemFonts: false },
    fitTo: { mode: "zoom", value: zoom },
    background: "#ffffff",
  })
    .render()
    .asPng();
}

function zoomOf(svg: string): number {
  const [, width, height] = /<svg width="([\d.]+)pt" height="([\d.]+)pt"/.exec(svg) ?? [];
  if (width === undefined || height === undefined) throw new InternalError("a picture without a size cannot be drawn");
  const pixels = Number(width) * Number(height) * (4 / 3) ** 2;
  const zoom = Math.min(ZOOM, Math.sqrt(MOST_PIXELS / pixels));
  if (zoom >= LEAST_ZOOM) return zoom;
  throw new ModelError("the picture is too large for a PNG", {
    cause: `it measures ${width} by ${height} points`,
    remedy: "look at the SVG",
  });
}

async function renderer(): Promise<Resvg & { readonly font: string }> {
  try {
    const { Resvg } = (await loadModule(RENDERER)) as Resvg;
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
