import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** A place in a path where a step's order is chosen, and not taken from a primitive. */
export interface ByHand {
  readonly file: string;
  /** The label of the step; the name of the constant, where it is defined outside a path. */
  readonly what: string;
  readonly order: string;
}

const TEXT = /"(?:[^"\\\n]|\\.)*"/g;
const COMMENT = /\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
const ORDER = /(?<![\w.])(once|full|release|acquire|noreturn|relaxed)\(/g;
/** What an order may belong to: a label, written out, as a constant, or in the words of two releases; or a function outside a path. */
const OWNER = /"((?:[^"\\\n]|\\.)*)":|\[(\w+)\]:|\[\w+\(\s*"[^"]*",\s*"([^"]*)",?\s*\)\]:|^(?:export )?const (\w+) =/gm;
/** Of two releases, the words of the later one. */
const CONSTANT = /const (\w+) = (?:\w+\("[^"]*", )?"(.*)"/g;

/** Every place of one file. */
function placesIn(file: string, source: string): readonly ByHand[] {
  const blank = (found: string): string => found.replaceAll(/[^\n]/g, " ");
  const text = source.replaceAll(COMMENT, (found, at: number) => (insideText(source, at) ? found : blank(found)));
  const code = text.replaceAll(TEXT, blank);
  const constants = new Map([...text.matchAll(CONSTANT)].map(([, name, value]) => [name, value]));
  const owners = [...text.matchAll(OWNER)];
  return [...code.matchAll(ORDER)].map(({ index, 1: order }) => {
    const [, label, constant, later, name] = owners.findLast((owner) => owner.index < index)!;
    return { file, what: label ?? constants.get(constant!) ?? constant ?? later ?? name!, order: order! };
  });
}

/** `//` in a label is no comment. */
function insideText(source: string, at: number): boolean {
  const line = source.slice(source.lastIndexOf("\n", at) + 1, at);
  return line.split('"').length % 2 === 0;
}

/** Every place in the folder. */
export const chosenByHand = (folder: string): readonly ByHand[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .toSorted()
    .flatMap((file) => placesIn(file, readFileSync(join(folder, file), "utf8")));
