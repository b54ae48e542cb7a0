import { unreadable, withoutComments } from "./tokens.ts";

/** The head of a litmus test, and its text without comments. */
export interface Heading {
  readonly file: string;
  readonly text: string;
  /** The first word: `C`, `X86`, `X86_64`, or the name of an architecture that is not read. */
  readonly language: string;
  readonly name: string;
  /** Where the initial state begins; what stands between the name and it are notes of the tool that made the test. */
  readonly programStart: number;
}

export function readHeading(file: string, text: string): Heading {
  const bare = withoutComments(file, text);
  const first = /^\s*([A-Za-z][A-Za-z0-9_]*)[ \t]+(\S+)[^\n]*/.exec(bare);
  if (!first)
    throw unreadable(
      file,
      1,
      "this is no litmus test",
      "the first line has the language and a name, as in `C MP+wmb+rmb`",
    );
  const [line, language, name] = first;
  const programStart = bare.indexOf("{", line.length);
  if (programStart < 0)
    throw unreadable(file, 1, "the test has no initial state", "write { } before the threads, even if it is empty");
  return { file, text: bare, language: language!, name: name!, programStart };
}

/** The locations of a test, in the order they are first named. */
export function locationTable(): {
  readonly names: readonly string[];
  /** The index of a location, which is made if there is none. */
  readonly add: (name: string) => number;
  readonly find: (name: string) => number | undefined;
} {
  const names: string[] = [];
  const find = (name: string): number | undefined => {
    const index = names.indexOf(name);
    return index < 0 ? undefined : index;
  };
  return { names, find, add: (name) => find(name) ?? names.push(name) - 1 };
}
