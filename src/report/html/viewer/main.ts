import type { PageData, View } from "../data.ts";
import { drawArrows } from "./arrows.ts";
import { el } from "./dom.ts";
import { changesOf, rowsOf, stateAfter, usesOf, type Row } from "./rows.ts";
import { showCode } from "./code.ts";
import { stateTable, usesList } from "./state.ts";
import { timeline } from "./timeline.ts";

const data = JSON.parse(document.querySelector("#data")!.textContent!) as PageData;

let view: View = data.views[0]!;
let rows: readonly Row[] = [];
/** How many rows have been taken; 0 is the initial state. */
let position = 0;
let table = el("table");
/** The field that was last looked at. */
let lookedAt: string | undefined;

const slider = el("input", {
  type: "range",
  min: 0,
  id: "slider",
  "aria-label": "step",
  oninput: () => go(Number(slider.value)),
});
const counter = el("output", { for: "slider", id: "counter" });
const note = el("p", { id: "note" });
const stateTitle = el("h2", { id: "state-title" });
const state = el("div", { id: "state" });
const uses = el(
  "div",
  { id: "uses", "aria-live": "polite" },
  el("p", {}, "Rest on a field, or tab to it, to see who reads and writes it."),
);
const code = el("section", { id: "code", "aria-label": "source", hidden: data.code === undefined });
const overlay = document.createElementNS("http://www.w3.org/2000/svg", "svg");
const run = el("div", { id: "run" });

/** Shows the state after so many rows, and brings the last of them into view. */
function go(to: number): void {
  stand(to);
  table.querySelector("tr.current")?.scrollIntoView({ block: "nearest" });
}

function stand(to: number): void {
  position = Math.max(0, Math.min(rows.length, to));
  const row = rows[position - 1];
  slider.value = String(position);
  const step = row?.end ?? 0;
  const place = row ? `step ${step} of ${view.steps.length}` : `initial state, ${view.steps.length} steps to come`;
  counter.textContent = place;
  slider.setAttribute("aria-valuetext", place);
  stateTitle.textContent = row ? `State after step ${step}` : "Initial state";
  const focused = document.activeElement?.getAttribute("data-field");
  const values = stateAfter(data, view, step);
  state.replaceChildren(...stateTable(data, view, values, row ? changesOf(row) : [], look));
  if (focused) state.querySelector<HTMLElement>(`[data-field="${CSS.escape(focused)}"]`)?.focus();
  if (data.code) showCode(code, data.code, row?.steps.findLast(({ at }) => at)?.at);
  for (const tr of table.querySelectorAll("tr[data-row]")) {
    const i = Number(tr.getAttribute("data-row"));
    tr.classList.toggle("current", i === position - 1);
    tr.classList.toggle("later", i >= position);
    for (const button of tr.querySelectorAll("button.box"))
      if (i === position - 1) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
  }
}

/** Shows who uses a field, in a list and in the timeline. The list stays when the pointer leaves. */
function look(field: string | undefined): void {
  lookedAt = field ?? lookedAt;
  const used = field === undefined ? [] : usesOf(view, field);
  if (field !== undefined)
    uses.replaceChildren(usesList(data, view, field, (step) => go(rows.findIndex(({ end }) => end > step) + 1)));
  for (const tr of table.querySelectorAll("tr[data-row]")) {
    const { start, end } = rows[Number(tr.getAttribute("data-row"))]!;
    const here = used.filter(({ step }) => start <= step && step < end);
    const words = [here.some(({ isWrite }) => !isWrite) ? "R" : "", here.some(({ isWrite }) => isWrite) ? "W" : ""];
    tr.classList.toggle("uses", here.length > 0);
    tr.querySelector(".use")!.textContent = words.join("");
  }
  for (const one of document.querySelectorAll("[data-field]"))
    one.classList.toggle("looked-at", one.getAttribute("data-field") === field);
}

/** Shows another view of the run, or another run, at its end. */
function show(chosen: View): void {
  view = chosen;
  rows = rowsOf(view);
  table = timeline(data, view, rows, { go, look });
  run.replaceChildren(table, overlay);
  note.textContent = view.note;
  slider.max = String(rows.length);
  stand(rows.length);
  if (lookedAt !== undefined) look(lookedAt);
  look(undefined);
  drawArrows(overlay, table, view, rows);
}

function views(): HTMLElement {
  const radios = data.views.map((one, i) =>
    el(
      "label",
      {},
      el("input", { type: "radio", name: "view", value: one.name, checked: i === 0, onchange: () => show(one) }),
      one.name,
    ),
  );
  return el("fieldset", {}, el("legend", { class: "aside" }, "what to show"), ...radios);
}

function toggleTheme(): void {
  const root = document.documentElement;
  const isDark = root.dataset["theme"]
    ? root.dataset["theme"] === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset["theme"] = isDark ? "light" : "dark";
}

const paragraph = (name: string, text: string): HTMLElement | undefined =>
  text === "" ? undefined : el("p", { class: name }, text);

document
  .querySelector("#page")!
  .append(
    el(
      "header",
      {},
      el("h1", { class: data.isGood ? "good" : "bad" }, data.verdict),
      el("p", { class: "title" }, `${data.title}: ${data.about}`),
      paragraph("sentence", data.sentence),
      paragraph("reason", data.reason === "" ? "" : `but ${data.reason}`),
      paragraph("consequence", data.consequence === "" ? "" : `Consequence: ${data.consequence}`),
    ),
    el(
      "div",
      { class: "tools", role: "group", "aria-label": "stepping" },
      views(),
      el("button", { type: "button", id: "back", "aria-label": "one step back", onclick: () => go(position - 1) }, "<"),
      slider,
      el("button", { type: "button", id: "next", "aria-label": "one step on", onclick: () => go(position + 1) }, ">"),
      counter,
      el("button", { type: "button", id: "theme", onclick: toggleTheme }, "light / dark"),
    ),
    note,
    el(
      "div",
      { class: data.code ? "panes with-code" : "panes" },
      el("section", { "aria-label": "timeline", class: "pane" }, run),
      el("section", { "aria-labelledby": "state-title", class: "pane side" }, uses, code, stateTitle, state),
    ),
    el(
      "footer",
      {},
      el(
        "p",
        {},
        "Left and right arrow keys step; Home and End go to the ends. reproduce: ",
        el("code", {}, data.reproduce),
      ),
    ),
  );
overlay.setAttribute("class", "arrows");
overlay.setAttribute("aria-hidden", "true");
show(view);

document.addEventListener("keydown", (event) => {
  // The slider and the radio buttons have their own arrow keys.
  if (event.target instanceof HTMLInputElement || event.altKey || event.ctrlKey || event.metaKey) return;
  const to = { ArrowLeft: position - 1, ArrowRight: position + 1, Home: 0, End: rows.length }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  go(to);
});
addEventListener("resize", () => drawArrows(overlay, table, view, rows));
// Paper has another width, and all of the run on it.
addEventListener("beforeprint", () => drawArrows(overlay, table, view, rows));
