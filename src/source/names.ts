import type { SourceNames } from "../model/source-names.ts";
import { isSince } from "./tree.ts";

/** The table, ready to be asked. */
export class NameTable {
  readonly names: SourceNames;
  readonly #canonical = new Map<string, string>();
  readonly #quiet = new Map<string, string>();
  readonly #doing = new Map<string, Set<string>>();
  readonly #later = new Set<string>();

  /** `release`: of the tree that is read. What bears a name there that came later is something else. */
  constructor(names: SourceNames, release?: string) {
    this.names = names;
    for (const { names: all, since } of names.renamed)
      all.forEach((name, i) => {
        const first = since[i];
        if (release !== undefined && first !== undefined && !isSince(release, first)) this.#later.add(name);
      });
    for (const all of names.alike) for (const name of all) this.#canonical.set(name, all[0]!);
    for (const { names: all } of names.renamed) for (const name of all) this.#canonical.set(name, all[0]!);
    for (const { why, names: all } of names.quiet) for (const name of all) this.#quiet.set(name, why);
    for (const [name, does] of Object.entries(names.does))
      this.#doing.set(this.canonical(name), new Set(does.map((one) => this.canonical(one))));
  }

  /** The oldest name of what was renamed. */
  canonical(name: string): string {
    return this.#canonical.get(name) ?? name;
  }

  /** All names of what a name names. */
  allOf(name: string): readonly string[] {
    const first = this.canonical(name);
    return [...this.#canonical].filter(([, one]) => one === first).map(([one]) => one);
  }

  whyQuiet(name: string): string | undefined {
    return this.#quiet.get(name);
  }

  /** Whether a call of `name` is, or does, what a label calls `wanted`. */
  does(name: string, wanted: string): "is" | "does" | undefined {
    if (name === wanted) return "is";
    if (this.#later.has(name)) return undefined;
    const [has, asks] = [this.canonical(name), this.canonical(wanted)];
    if (has === asks) return "is";
    return this.#doing.get(has)?.has(asks) === true ? "does" : undefined;
  }

  /** Whether `object->member` is a field of the world. */
  isField(object: string, member: string): boolean {
    const of = Object.hasOwn(this.names.fields, member) ? this.names.fields[member]! : [];
    const pointer = lastName(object);
    return of.includes("*") || of.includes(pointer);
  }

  /** A text of C with the oldest names and no blanks, to be compared. */
  normal(text: string): string {
    return text.replaceAll(/\w+/g, (word) => this.canonical(word)).replaceAll(/\s+/g, "");
  }
}

/** Of `&vmf->ptl`, `ptl`: what an expression names in the end; nothing for one that is put together. */
export function lastName(expression: string): string {
  const [, given] = /^[\s&*(]*\w+\(([^(),]*)\)\)*$/.exec(expression) ?? [];
  if (given !== undefined && given.trim() !== "") return lastName(given);
  const bare = expression.replace(/^[\s&*(]+/, "").replace(/[\s)]+$|\[[^[\]]*\]$/g, "");
  return /^[\w.\->[\]\s]*?(\w+)$/.exec(bare)?.[1] ?? "";
}
