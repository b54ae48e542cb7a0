/** The style of a page: light, dark, and on paper. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --bg: #ffffff; --fg: #16181d; --soft: #5b6270; --line: #d5d9e0; --band: #f5f6f8; --mark: #fff3c4;
  --bad: #c81e1e; --bad-bg: #fde2e2; --good: #1f7a3a; --good-bg: #dcf5e3; --read: #b45309; --unseen: #6b46c1; --conflict: #b00020;
  --mono: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
}
@media (prefers-color-scheme: dark) {
  :root:not([data-theme="light"]) {
    --bg: #14161a; --fg: #e6e8ec; --soft: #9aa3b2; --line: #343a45; --band: #1b1e24; --mark: #4a3f12;
    --bad: #ff8a80; --bad-bg: #4a1d1d; --good: #7ddc9a; --good-bg: #173a24; --read: #f0a45d; --unseen: #b794f4; --conflict: #ff8095;
  }
}
:root[data-theme="light"] { color-scheme: light; }
:root[data-theme="dark"] {
  color-scheme: dark;
  --bg: #14161a; --fg: #e6e8ec; --soft: #9aa3b2; --line: #343a45; --band: #1b1e24; --mark: #4a3f12;
  --bad: #ff8a80; --bad-bg: #4a1d1d; --good: #7ddc9a; --good-bg: #173a24; --read: #f0a45d; --unseen: #b794f4; --conflict: #ff8095;
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--fg); font: 14px/1.45 system-ui, "DejaVu Sans", sans-serif; }
main { max-width: 1700px; margin: 0 auto; padding: 16px 20px 40px; }
h1 { font-size: 20px; margin: 0; }
h2 { font-size: 14px; margin: 0 0 6px; }
h3 { font: bold 13px var(--mono); margin: 12px 0 4px; }
p { margin: 2px 0; }
.good { color: var(--good); } .bad { color: var(--bad); }
.title, .consequence, #note, footer { color: var(--soft); }
.reason { font-weight: 600; }
code, .timeline, .state, #uses { font-family: var(--mono); font-size: 12px; }
.aside { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
:focus-visible { outline: 2px solid #2b7de9; outline-offset: 1px; }
button { font: inherit; color: inherit; }

.tools {
  position: sticky; top: 0; z-index: 3; display: flex; flex-wrap: wrap; gap: 10px; align-items: center;
  margin: 10px 0 2px; padding: 8px 0; background: var(--bg); border-bottom: 1px solid var(--line);
}
.tools fieldset { border: 0; margin: 0; padding: 0; display: flex; gap: 12px; }
.tools label { display: flex; gap: 4px; align-items: center; }
.tools button { border: 1px solid var(--line); background: var(--band); border-radius: 6px; padding: 3px 10px; cursor: pointer; }
#slider { flex: 1 1 160px; min-width: 120px; }
#counter { min-width: 9em; font-variant-numeric: tabular-nums; }

.panes { display: grid; grid-template-columns: minmax(0, 1fr) minmax(240px, 310px); gap: 16px; margin-top: 8px; }
.panes.with-code { grid-template-columns: minmax(0, 1fr) minmax(240px, 500px); }
.pane { min-width: 0; }
#run { position: relative; overflow-x: auto; }
.side { position: sticky; top: 52px; align-self: start; max-height: calc(100vh - 60px); overflow: auto; }
@media (max-width: 900px) { .panes, .panes.with-code { grid-template-columns: minmax(0, 1fr); } .side { position: static; max-height: none; } }

.timeline { border-collapse: collapse; width: 100%; position: relative; }
.timeline th, .timeline td { padding: 2px 8px; text-align: left; vertical-align: middle; font-weight: normal; }
.timeline thead th { vertical-align: bottom; padding-bottom: 6px; color: var(--soft); }
.timeline thead .cpu { border: 1.5px solid var(--cpu); background: color-mix(in srgb, var(--cpu) 16%, var(--bg)); color: var(--fg); text-align: center; }
.timeline thead .cpu > * { display: block; }
.timeline .source, .timeline .calls { color: var(--soft); font-size: 10px; display: block; }
.timeline tbody tr:nth-child(odd) { background: var(--band); }
.timeline tbody tr.switch > * { border-top: 1.5px solid var(--line); }
.timeline tbody th { width: 5.5em; color: var(--soft); white-space: nowrap; }
.timeline td.cpu { background: linear-gradient(var(--cpu), var(--cpu)) center / 2px 100% no-repeat; min-width: 190px; padding-right: 28px; }
.timeline.of-2 td.cpu { min-width: 260px; padding-right: 96px; }
.timeline.of-3 td.cpu { min-width: 230px; padding-right: 64px; }
.timeline td.cpu:nth-last-child(2) { min-width: 190px; padding-right: 12px; }
.timeline td.facts { min-width: 250px; }
.fact.own { color: var(--soft); font-size: 10px; }
#uses { height: 11.5em; overflow: auto; border: 1px solid var(--line); border-radius: 6px; padding: 4px 8px; margin-bottom: 10px; }
#uses p { color: var(--soft); } #uses h3 { margin: 0 0 4px; }
tbody tr { scroll-margin: 60px 0 10px; }
.box {
  display: block; width: 100%; text-align: left; padding: 3px 8px; border-radius: 8px; cursor: pointer;
  border: 1.2px solid var(--cpu); background: color-mix(in srgb, var(--cpu) 16%, var(--bg)); overflow-wrap: anywhere;
}
.fold .box { background: var(--bg); color: var(--soft); border-style: dashed; font-style: italic; }
tr.bad .box { border-color: var(--bad); border-width: 2px; background: var(--bad-bg); color: var(--fg); }
tr.good .box { border-color: var(--good); border-width: 2px; background: var(--good-bg); color: var(--fg); }
tr.loop > th { border-left: 4px solid var(--bad); }
tr.again > td { border-left: 4px solid var(--bad); border-top: 2px solid var(--bad); color: var(--bad); }
tr.waiting .box { border-style: dashed; }
tr.bad, tr.good { color: inherit; }
tr.later .box, tr.later .facts { opacity: 0.42; }
tr.current > * { box-shadow: inset 0 1px #2b7de9, inset 0 -1px #2b7de9; }
tr.current > th { color: var(--fg); font-weight: bold; }
.use { display: inline-block; min-width: 2em; margin-left: 6px; color: var(--conflict); font-weight: bold; }
tr.uses > th, tr.uses > .facts { background: var(--mark); }
.fact { display: block; } .fact b { font-weight: 600; }
.fact.read { color: var(--soft); } .fact.read b { font-weight: normal; }
.looked-at { background: var(--mark); }

.arrows { position: absolute; left: 0; top: 0; pointer-events: none; z-index: 1; }
.arrows path { fill: none; stroke: var(--read); stroke-width: 1.3; }
.arrows path.unseen { stroke: var(--unseen); stroke-dasharray: 5 3; }
.arrows path.conflict { stroke: var(--conflict); stroke-dasharray: 5 3; }
.arrows path.decisive { stroke: var(--conflict); stroke-width: 2.2; }
.arrows path.head { fill: var(--read); stroke: none; }
.arrows path.head.unseen { fill: var(--unseen); }
.arrows path.head.conflict, .arrows path.head.decisive { fill: var(--conflict); }
.arrows text { font: 10px var(--mono); fill: var(--read); paint-order: stroke; stroke: var(--bg); stroke-width: 4px; }
.arrows text.unseen { fill: var(--unseen); }
.arrows text.conflict, .arrows text.decisive { fill: var(--conflict); }

.state { border-collapse: collapse; width: 100%; margin-bottom: 10px; }
.state caption { text-align: left; color: var(--soft); font: 12px system-ui, sans-serif; padding: 2px 0; }
.state th, .state td { text-align: left; font-weight: normal; padding: 1px 6px; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
.state td { width: 45%; }
.state .initial td { color: var(--soft); }
.state .changed { background: var(--mark); font-weight: bold; } .state .changed td { font-weight: bold; color: var(--fg); }
.state .old { color: var(--soft); font-weight: normal; text-decoration: line-through; }
.state .judged button { color: var(--bad); } .mark { color: var(--bad); font-size: 10px; }
#code ol { margin: 0 0 12px; padding-left: 4.5em; max-height: 22em; overflow: auto; border: 1px solid var(--line); color: var(--soft); font-size: 11px; }
#code li { white-space: pre; tab-size: 4; } #code code { color: var(--fg); }
#code .current { background: var(--mark); font-weight: bold; }
.field { border: 0; background: none; padding: 0 2px; text-align: left; cursor: help; overflow-wrap: anywhere; }
.accesses { margin: 0; padding-left: 0; list-style: none; }
.accesses li { padding: 1px 0; } .accesses li.write { font-weight: bold; }
.accesses button { border: 1px solid var(--line); background: var(--band); border-radius: 4px; min-width: 2.4em; cursor: pointer; }

@media print {
  :root, :root:not([data-theme="light"]), :root[data-theme="dark"] {
    color-scheme: light;
    --bg: #ffffff; --fg: #000000; --soft: #444444; --line: #cccccc; --band: #f5f6f8; --mark: #fff3c4;
    --bad: #c81e1e; --bad-bg: #fde2e2; --good: #1f7a3a; --good-bg: #dcf5e3; --read: #b45309; --unseen: #6b46c1; --conflict: #b00020;
  }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .tools button, #slider { display: none; }
  .tools { position: static; border: 0; }
  .panes { display: block; } .side { position: static; max-height: none; overflow: visible; margin-top: 16px; }
  #run { overflow: visible; } #uses { display: none; }
  tr.later .box, tr.later .facts { opacity: 1; }
  tr { break-inside: avoid; }
}
`.trimStart();
