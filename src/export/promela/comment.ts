import { ascii, fold, TIE } from "../../report/text/wrap.ts";

export const WIDTH = 100;

/** A text that cannot end a comment, nor be taken for anything else by the preprocessor. */
export const harmless = (text: string): string =>
  ascii(text).replaceAll("*/", "* /").replaceAll("/*", "/ *").replaceAll("\\", "/");

export const comment = (text: string): string => `/* ${harmless(text).replaceAll(TIE, " ")} */`;

/** A line with a remark behind it. */
export const remarked = (line: string, remark: string): string =>
  remark === "" ? line : `${line.padEnd(40)} ${comment(remark)}`;

/** Sentences, folded, as one comment; those that begin with blanks are set off. */
export const block = (texts: readonly string[]): readonly string[] => [
  "/*",
  ...texts.flatMap((text) => {
    if (text === "") return [" *"];
    const [indent = ""] = /^ */.exec(text)!;
    return fold(harmless(text), WIDTH - 3 - indent.length).map((line) => ` * ${indent}${line}`);
  }),
  " */",
];
