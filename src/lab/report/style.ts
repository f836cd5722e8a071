/** The style sheet of a report. */
export const REPORT_STYLE = `
:root { --ink: #1f2328; --soft: #59636e; --line: #d1d9e0; --paper: #ffffff; --shade: #f6f8fa; --accent: #2f6f9f; --bad: #b3261e; --good: #2f7d4f; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8eb; --soft: #9aa4af; --line: #3a424c; --paper: #14171b; --shade: #1c2127; --accent: #7fb8e0; --bad: #f2908a; --good: #7fcf9f; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.6 system-ui, "Segoe UI", "Noto Sans SC", "WenQuanYi Zen Hei", sans-serif; }
h1 { font-size: 1.9rem; line-height: 1.25; margin: .5rem 0; }
h2 { font-size: 1.35rem; margin: 0 0 .75rem; }
nav h2 { font-size: 1rem; color: var(--soft); margin: 1rem 0 .25rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; padding: 0; margin: 0; }
a { color: var(--accent); }
section { border-top: 1px solid var(--line); padding: 2rem 0 1rem; margin-top: 2rem; }
dl { margin: 0 0 1rem; display: grid; gap: .5rem; }
dl > div { display: grid; grid-template-columns: 9rem 1fr; gap: 1rem; }
dt { color: var(--soft); }
dd { margin: 0; }
dd p { margin: 0 0 .35rem; }
figure { margin: 1.5rem 0; padding: 1rem; border: 1px solid var(--line); border-radius: 8px; overflow-x: auto; }
figcaption { font-weight: 600; margin-bottom: .5rem; }
figure svg { display: block; max-width: 100%; height: auto; }
.narrow { display: none; }
.table { overflow-x: auto; margin: .5rem 0; }
p, dd, summary, figcaption { overflow-wrap: anywhere; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
details { margin: 1rem 0; }
summary { font-weight: 600; cursor: pointer; }
th, td { padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { color: var(--soft); font-weight: 500; }
td { white-space: nowrap; }
table:not(.plain) thead th { min-width: 4.5em; vertical-align: bottom; }
.plain td { white-space: normal; overflow-wrap: anywhere; }
td.number { text-align: right; }
td.wrong { color: var(--bad); font-weight: 700; }
.agrees { color: var(--good); }
.note { color: var(--bad); font-weight: 600; }
.time { color: var(--soft); font-size: .85rem; }
code { background: var(--shade); padding: .1rem .35rem; border-radius: 4px; }
#language { float: right; font: inherit; color: var(--accent); background: none; border: 1px solid var(--line); border-radius: 6px; padding: .2rem .8rem; cursor: pointer; }
@media (max-width: 40rem) {
  body { padding: 1rem .75rem 3rem; }
  dl > div { grid-template-columns: 1fr; gap: 0; }
  figure { padding: .5rem .35rem; }
  .wide { display: none; }
  .narrow { display: block; }
}
html[lang="en"] [lang="zh"], html[lang="zh"] [lang="en"] { display: none; }
@media print { #language, nav { display: none; } body { max-width: none; font-size: 12px; } section { break-inside: auto; } figure, tr { break-inside: avoid; } }
`;
