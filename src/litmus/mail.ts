/**
 * The litmus test in a mail, on the lines it has there: without the `>` of a quotation, what comes before the test, and
 * what follows its condition. A text without a test is left as it is.
 */
export function testInMail(text: string): string {
  const lines = text.split(/\r?\n/);
  const first = lines.findIndex((line) => HEAD.test(line));
  if (first < 0) return text;
  const quotation = HEAD.exec(lines[first]!)![1]!.trimEnd();
  const test = lines.slice(first).map((line) => (line.startsWith(quotation) ? line.slice(quotation.length) : line));
  return `${"\n".repeat(first)}${upToCondition(test.join("\n"))}`;
}

const HEAD = /^([>|\s]*)(?:C|X86|X86_64)\s+\S+\s*$/;

/** Up to the bracket that closes the last condition. */
function upToCondition(test: string): string {
  const condition = [...test.matchAll(/^\s*(?:~\s*)?(?:exists|forall)\s*\(/gm)].at(-1);
  if (!condition) return test;
  let depth = 0;
  for (let at = condition.index + condition[0].length - 1; at < test.length; at++) {
    depth += test[at] === "(" ? 1 : test[at] === ")" ? -1 : 0;
    // `exists (a) \/ (b)` goes on.
    if (depth === 0 && !/^\s*(?:\\\/|\/\\)/.test(test.slice(at + 1))) return `${test.slice(0, at + 1)}\n`;
    if (depth === 0) at = test.indexOf("(", at + 1) - 1;
  }
  return test;
}
