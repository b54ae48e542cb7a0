import type { PageData, PageStep } from "../data.ts";
import { el } from "./dom.ts";

/** Shows the function of C that a step stands in, with its line marked; what was shown stays if the step has no place. */
export function showCode(
  pane: HTMLElement,
  { tree, functions }: NonNullable<PageData["code"]>,
  at: PageStep["at"],
): void {
  const found = functions.find(
    ({ file, first, lines }) => file === at?.file && first <= at.line && at.line < first + lines.length,
  );
  if (!found || !at) {
    for (const line of pane.querySelectorAll(".current")) line.classList.remove("current");
    if (pane.childElementCount === 0) pane.append(el("h2", {}, `Source, ${tree}`));
    return;
  }
  const list = el(
    "ol",
    { start: found.first },
    ...found.lines.map((text, i) =>
      el(
        "li",
        { value: found.first + i, ...(found.first + i === at.line && { class: "current", "aria-current": "true" }) },
        el("code", {}, text),
      ),
    ),
  );
  pane.replaceChildren(el("h2", {}, `${found.file}:${at.line}, ${tree}`), list);
  const current = list.querySelector<HTMLElement>(".current");
  if (current) list.scrollTop = current.offsetTop - list.offsetTop - list.clientHeight / 3;
}
