import type { PageChange, PageData, PageField, View } from "../data.ts";
import { el } from "./dom.ts";
import { usesOf } from "./rows.ts";

/** Every field with its value, and what the last row changed; `look` hears which one a pointer or the focus rests on. */
export function stateTable(
  data: PageData,
  { judged }: View,
  state: ReadonlyMap<string, string>,
  changes: readonly PageChange[],
  look: (field: string | undefined) => void,
): readonly Node[] {
  const row = ({ name, shown, initial }: PageField): Node => {
    const change = changes.find(({ field }) => field === name);
    const value = state.get(name)!;
    const classes = [
      change ? "changed" : "",
      judged.includes(name) ? "judged" : "",
      value === initial ? "initial" : "",
    ];
    const button = el(
      "button",
      {
        type: "button",
        class: "field",
        "data-field": name,
        onmouseenter: () => look(name),
        onmouseleave: () => look(undefined),
        onfocus: () => look(name),
        onblur: () => look(undefined),
      },
      shown,
    );
    const mark = judged.includes(name)
      ? el("span", { class: "mark", title: "the verdict is about it" }, " (verdict)")
      : undefined;
    const old = change ? [el("span", { class: "old" }, change.from), " -> "] : [];
    return el(
      "tr",
      { class: classes.join(" ") },
      el("th", { scope: "row" }, button, mark),
      el("td", {}, ...old, value),
    );
  };
  const group = (title: string, fields: readonly PageField[]): readonly Node[] =>
    fields.length === 0
      ? []
      : [el("table", { class: "state" }, el("caption", {}, title), el("tbody", {}, ...fields.map(row)))];
  const of = (scope: PageField["scope"]): readonly PageField[] => data.fields.filter((field) => field.scope === scope);
  const own = data.threads.flatMap(({ name }, i) =>
    group(
      `of ${name} alone`,
      of("local").filter(({ thread }) => thread === i),
    ),
  );
  return [...group("shared", of("shared")), ...group("for specs only", of("ghost")), ...own];
}

/** Who reads and who writes a field; each use leads to its step. */
export function usesList(data: PageData, view: View, field: string, go: (step: number) => void): Node {
  const uses = usesOf(view, field);
  const items = uses.map(({ step, thread, label, what, isWrite }) =>
    el(
      "li",
      { class: isWrite ? "write" : "read" },
      el("button", { type: "button", onclick: () => go(step) }, `${step + 1}`),
      ` ${data.threads[thread]!.name} ${what} in ${label}`,
    ),
  );
  return el(
    "div",
    {},
    el("h3", {}, field),
    uses.length === 0 ? el("p", {}, "no step of this run uses it") : el("ol", { class: "accesses" }, ...items),
  );
}
