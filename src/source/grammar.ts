import { createRequire } from "node:module";
import { ModelError } from "../model/error.ts";
import { loadModule } from "../model/load-module.ts";

/** What of a syntax tree is used. The packages that make it are optional, so that nothing here may need their types. */
export interface Syntax {
  readonly id: number;
  readonly type: string;
  readonly text: string;
  readonly startPosition: { readonly row: number; readonly column: number };
  readonly namedChildren: readonly (Syntax | null)[];
  readonly hasError: boolean;
  childForFieldName(name: string): Syntax | null;
}

/** Reads C; what the grammar does not know becomes a node of type ERROR. */
export type ParseC = (text: string) => Syntax;

interface TreeSitter {
  readonly Parser: {
    new (): { setLanguage(language: unknown): void; parse(text: string): { readonly rootNode: Syntax } | null };
    init(): Promise<void>;
  };
  readonly Language: { load(file: string): Promise<unknown> };
}

const READER = "web-tree-sitter";
const GRAMMAR = "tree-sitter-c/tree-sitter-c.wasm";

let parser: Promise<ParseC> | undefined;

/** The parser of C, loaded once. Throws a ModelError where the optional packages that it takes are not installed. */
export const cParser = (): Promise<ParseC> => (parser ??= load());

async function load(): Promise<ParseC> {
  const { Parser, Language } = await packages();
  await Parser.init();
  const made = new Parser();
  made.setLanguage(await Language.load(createRequire(import.meta.url).resolve(GRAMMAR)));
  return (text) => made.parse(text)!.rootNode;
}

async function packages(): Promise<TreeSitter> {
  try {
    createRequire(import.meta.url).resolve(GRAMMAR);
    return (await loadModule(READER)) as TreeSitter;
  } catch (error) {
    throw new ModelError(
      "C cannot be read",
      {
        cause: `the optional packages ${READER} and tree-sitter-c are not installed here`,
        remedy: `npm install --no-save ${READER}@0.27.2 tree-sitter-c@0.24.1`,
      },
      { cause: error },
    );
  }
}

export const childrenOf = (node: Syntax): readonly Syntax[] => node.namedChildren.filter((child) => child !== null);

/** A text of C on one line, with single blanks. */
export const oneLine = (text: string): string =>
  text
    .replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, " ")
    .replaceAll(/\\\n/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
