import type { View } from "../data.ts";
import type { Row } from "./rows.ts";

const SVG = "http://www.w3.org/2000/svg";

/** Lays the arrows of a view over its timeline, from where the boxes are just now. */
export function drawArrows(overlay: SVGSVGElement, table: HTMLTableElement, view: View, rows: readonly Row[]): void {
  const frame = table.getBoundingClientRect();
  overlay.setAttribute("width", String(frame.width));
  overlay.setAttribute("height", String(frame.height));
  const lines = view.flows.flatMap(({ kind, from, to, fields }) => {
    const [start, end] = [boxOf(from), boxOf(to)];
    if (!start || !end || start === end) return [];
    const [a, b] = [start.getBoundingClientRect(), end.getBoundingClientRect()];
    const isRight = a.left < b.left;
    const x1 = (isRight ? a.right : a.left) - frame.left;
    const x2 = (isRight ? b.left : b.right) - frame.left;
    const y1 = (a.top + a.bottom) / 2 - frame.top;
    const y2 = (b.top + b.bottom) / 2 - frame.top;
    const middle = (x1 + x2) / 2;
    const path = svg("path", {
      d: `M${x1},${y1} C${middle},${y1} ${middle},${y2} ${x2},${y2}`,
      class: kind,
      "marker-end": `url(#head-${kind})`,
    });
    path.append(svg("title", {}, fields.join(", ")));
    const place = { x: String(x1 + (isRight ? 7 : -7)), y: String(y1 + 3), "text-anchor": isRight ? "start" : "end" };
    const text = svg("text", { ...place, class: kind }, fields.join(", "));
    return [path, text];
  });
  overlay.replaceChildren(heads(), ...lines);

  function boxOf(step: number): Element | null | undefined {
    const index = rows.findIndex(({ start, end, isFold }) => !isFold && start <= step && step < end);
    if (index >= 0) return table.querySelector(`tr[data-row="${index}"] .box`);
    const waiting = table.querySelectorAll("tr.waiting .box");
    return step >= view.steps.length ? waiting[step - view.steps.length] : undefined;
  }
}

function heads(): SVGElement {
  const markers = (["read", "unseen", "conflict", "decisive"] as const).map((kind) => {
    const marker = svg("marker", {
      id: `head-${kind}`,
      viewBox: "0 0 8 8",
      refX: "7",
      refY: "4",
      markerWidth: "7",
      markerHeight: "7",
      markerUnits: "userSpaceOnUse",
      orient: "auto",
    });
    marker.append(svg("path", { d: "M0,0 L8,4 L0,8 z", class: `head ${kind}` }));
    return marker;
  });
  const defs = svg("defs", {});
  defs.append(...markers);
  return defs;
}

function svg(tag: string, attributes: Readonly<Record<string, string>>, text = ""): SVGElement {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== "") element.textContent = text;
  return element;
}
