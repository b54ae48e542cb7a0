import { InternalError } from "../../model/error.ts";
import type { Result, SpecResult } from "../../result/result.ts";
import type { Excerpt } from "../../source/lines.ts";
import { pageData } from "./data.ts";
import { STYLE } from "./style.ts";

/**
 * The page of one counterexample: a single HTML document that needs no network and no other file. `script` is the
 * viewer, bundled; it finds what it shows as JSON in the document. `excerpts` is the C to show beside the run.
 */
export function counterexampleHtml(
  result: Result,
  spec: SpecResult,
  script: string,
  excerpts: readonly Excerpt[] = [],
): string {
  const data = pageData(result, spec, excerpts);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${escaped(`${data.verdict}: ${data.title}`)}</title>
<style>
${STYLE}</style>
</head>
<body>
<main id="page"></main>
<noscript>This page shows a run step by step and needs JavaScript, which is part of the file.</noscript>
<script type="application/json" id="data">${inElement(JSON.stringify(data))}</script>
<script>
${checked(script)}</script>
</body>
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escaped = (text: string): string =>
  text
    .replaceAll(/[&<>"']/g, (char) => ENTITIES[char]!)
    .replaceAll(/[^\x20-\x7e]/gu, (char) => `&#${char.codePointAt(0)};`);

/** JSON in 7-bit ASCII in which nothing can end the element it stands in: a `<` is only ever inside a string. */
const inElement = (json: string): string =>
  json.replaceAll(/<|[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);

function checked(script: string): string {
  if (/<\/script|<!--/i.test(script)) throw new InternalError("the viewer would end its own element");
  return script;
}
