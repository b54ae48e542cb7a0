import { readHeading } from "./heading.ts";
import type { LitmusTest } from "./program.ts";
import { readC } from "./read-c.ts";
import { readX86 } from "./read-x86.ts";
import { unreadable } from "./tokens.ts";

/**
 * Reads a litmus test; `file` is its name in errors. Throws a ModelError with file and line for a mistake, and for
 * what is not supported: nothing is passed over.
 */
export function readLitmus(file: string, text: string): LitmusTest {
  // Mail programs and other systems' editors leave these behind.
  const heading = readHeading(
    file,
    text
      .replace(/^\uFEFF/, "")
      .replace(/\r\n?/g, "\n")
      .replace(/\u00A0/g, " "),
  );
  switch (heading.language) {
    case "C":
      return readC(heading);
    case "X86":
    case "X86_64":
      return readX86(heading);
    default:
      throw unreadable(file, 1, `litmus tests in ${heading.language} are not read`, "languages: C, X86, X86_64");
  }
}
