import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "./document.ts";

/** A declaration at the top of a file, as the compiler writes it for those who import the package. */
interface Declaration {
  readonly name: string;
  readonly comment: string;
  readonly code: string;
}

const INDEX = ".build/src/index.d.ts";
const DECLARES = /^(?:export )?(?:declare )?(?:const|function|class|interface|type) (\w+)/;

/** The declarations of a file of declarations: each begins in the first column and ends before the next one that does. */
function declarationsOf(file: string): readonly Declaration[] {
  const text = readFileSync(file, "utf8").replace(/^\/\/# sourceMappingURL=.*/m, "");
  const chunks = text.split(/^(?=\/\*\*|(?:export |declare |interface |type |import ))/m);
  let comment = "";
  return chunks.flatMap((chunk) => {
    if (chunk.startsWith("/**")) {
      comment = chunk;
      return [];
    }
    const name = DECLARES.exec(chunk)?.[1];
    const said = comment;
    comment = "";
    return name === undefined ? [] : [{ name, comment: wordsOf(said), code: chunk.trimEnd() }];
  });
}

/** A comment without its frame. */
const wordsOf = (comment: string): string =>
  comment
    .replace(/^\/\*\*|\*\/\s*$/g, "")
    .replaceAll(/^ *\* ?/gm, "")
    .trim();

/** The names that the package exports, by the file of declarations they come from, in the order of the index. */
function exportsByFile(): ReadonlyMap<string, readonly string[]> {
  const files = new Map<string, readonly string[]>();
  const text = readFileSync(`${ROOT}${INDEX}`, "utf8");
  for (const [, list, from] of text.matchAll(/^export (?:type )?\{ ([^}]*) \} from "([^"]+)";$/gm)) {
    const file = join(ROOT, dirname(INDEX), from!.replace(/\.ts$/, ".d.ts"));
    files.set(file, [...(files.get(file) ?? []), ...list!.split(/,\s*/).filter((name) => name !== "")]);
  }
  return files;
}

// How the compiler gets from fields to drafts, and what the language itself needs to know of a world: of no use to a reader.
const FIELDS = ["Grown", "GrownBy", "Inner", "IsInner", "LaterStruct", "Leaf", "Pointed", "Tuple", "WithinOf"];
const INTERNAL = new Set([...FIELDS, "Layout", "NewSteps", "Patched", "Written"]);

export interface Entry extends Declaration {
  /** The source that declares it, below the package's folder. */
  readonly source: string;
  readonly isExported: boolean;
}

/** Everything that a model may import, and the types that these declarations name, wherever they are declared. */
export function publicEntries(): readonly Entry[] {
  const exported = exportsByFile();
  const all = new Map<string, Entry>();
  for (const [file, names] of exported)
    for (const declaration of declarationsOf(file)) {
      const { name, code } = declaration;
      // The second way to call a function stands behind the first one, which has the comment.
      const before = all.get(name);
      all.set(name, {
        ...(before ? { ...before, code: `${before.code}\n${code.replace(/^export (?:declare )?/, "")}` } : declaration),
        source: file.slice(`${ROOT}.build/`.length).replace(/\.d\.ts$/, ".ts"),
        isExported: names.includes(name),
      });
    }
  for (const name of [...exported.values()].flat()) if (!all.has(name)) throw new Error(`no declaration of '${name}'`);
  const wanted = new Set<string>();
  const want = (name: string): void => {
    const entry = all.get(name);
    if (entry === undefined || wanted.has(name) || INTERNAL.has(name)) return;
    wanted.add(name);
    for (const [word] of entry.code.matchAll(/\b[A-Z]\w*/g)) want(word);
  };
  for (const [name, { isExported }] of all) if (isExported) want(name);
  return [...all.values()].filter(({ name }) => wanted.has(name));
}

/** The reference, by source file: each export with its comment and its type. */
export function reference(): readonly string[] {
  const entries = publicEntries();
  const section = ({ name, comment, code, isExported }: Entry): readonly string[] => [
    `${isExported ? "###" : "####"} ${name}`,
    "",
    ...(comment === "" ? [] : [...comment.split("\n"), ""]),
    "```ts",
    ...code.replace(/^export (?:declare )?|^declare /, "").split("\n"),
    "```",
    "",
  ];
  return [...new Set(entries.map(({ source }) => source))].flatMap((source) => [
    `## ${source}`,
    "",
    ...[true, false].flatMap((isExported) =>
      entries.filter((entry) => entry.source === source && entry.isExported === isExported).flatMap(section),
    ),
  ]);
}
