// A report: one self-contained page in both languages, for light and dark screens and for printing.

import { EXTERNAL_RESULTS } from '../external-results.ts';
import type { Chart, LabResult, Table } from '../result.ts';
import { LANGUAGES, type Language, type Text, text } from '../text.ts';
import { conditionRows } from './condition-rows.ts';
import { formatCell, unitOf } from './format-cell.ts';
import { renderChart } from './render-chart.ts';
import { STYLE } from './style.ts';
import { WORDS } from './words.ts';

const SHORT = 12; // rows of a table that is open from the start

/** Charts by the class that the style sheet shows at certain page widths. */
const SURFACES = [
  ['wide', 'page'],
  ['narrow', 'narrow page'],
] as const;

/** @param language the language that is shown first */
export async function reportPage(results: readonly LabResult[], language: Language): Promise<string> {
  const sections: string[] = [];
  for (const result of results) sections.push(await section(result));
  const links = results.map(
    ({ experiment, title }) => `<li><a href="#${safe(experiment)}">${both(title, 'span')}</a></li>`,
  );
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Quire: ${safe(WORDS.title[language])}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<button id="language" type="button">${both(WORDS.language, 'span')}</button>
${both(WORDS.title, 'h1')}
${both(WORDS.intro, 'p')}
<nav>${both(WORDS.contents, 'h2')}<ul>${links.join('')}</ul></nav>
</header>
<main>
${sections.join('\n')}
${conditionSection(results)}
</main>
<script>addEventListener('beforeprint', () => { for (const one of document.querySelectorAll('details')) one.open = true; });
document.getElementById('language').onclick = () => { const root = document.documentElement; root.lang = root.lang === 'en' ? 'zh' : 'en'; };</script>
</body>
</html>
`;
}

async function section(result: LabResult): Promise<string> {
  const { experiment, title, question, expected, seen, apart, status, tables, charts } = result;
  const figures: string[] = [];
  for (const chart of charts) figures.push(await figure(chart));
  const note = status === 'complete' ? '' : both(WORDS[status], 'p class="note"');
  const agrees = status === 'complete' && apart.length === 0 ? both(WORDS.agrees, 'p class="agrees"') : '';
  return `<section id="${safe(experiment)}">
${both(title, 'h2')}
${note}
<dl>
<div><dt>${both(WORDS.question, 'span')}</dt><dd>${both(question, 'span')}</dd></div>
<div><dt>${both(WORDS.expected, 'span')}</dt><dd>${both(expected, 'span')}</dd></div>
${sentences(WORDS.seen, seen)}
${sentences(WORDS.apart, apart)}
</dl>
${agrees}
${figures.join('\n')}
${tables.map(tableHtml).join('\n')}
<p class="time"><code>${safe(commandOf(experiment))}</code> · ${result.seconds.toFixed(1)} s · ${safe(result.conditions.model)}</p>
</section>`;
}

const commandOf = (experiment: string): string =>
  Object.hasOwn(EXTERNAL_RESULTS, experiment) ? EXTERNAL_RESULTS[experiment]! : `quire lab ${experiment}`;

function sentences(name: Text, texts: readonly Text[]): string {
  if (texts.length === 0) return '';
  const all = texts.map((one) => both(one, 'p')).join('');
  return `<div><dt>${both(name, 'span')}</dt><dd>${all}</dd></div>`;
}

async function figure(chart: Chart): Promise<string> {
  const drawn: string[] = [];
  for (const language of LANGUAGES)
    for (const [width, surface] of SURFACES)
      drawn.push(
        `<div lang="${language}" class="${width}">${await renderChart(chart, language, surface)}</div>`,
      );
  return `<figure>${both(chart.title, 'figcaption')}${drawn.join('')}</figure>`;
}

function tableHtml({ title, columns, rows }: Table): string {
  const head = columns.map((column) => {
    const titled = (language: Language): string => column.title[language] + unitOf(column, language);
    return `<th>${both(text(titled('en'), titled('zh')), 'span')}</th>`;
  });
  const body = rows.map((row) => {
    const cells = row.map((cell, i) => {
      const kind = typeof cell === 'number' ? ' class="number"' : cell === false ? ' class="wrong"' : '';
      const shown =
        cell !== null && typeof cell === 'object'
          ? both(cell, 'span')
          : safe(formatCell(cell, columns[i]!, 'en'));
      return `<td${kind}>${shown}</td>`;
    });
    return `<tr>${cells.join('')}</tr>`;
  });
  const open = rows.length <= SHORT ? ' open' : '';
  return `<details${open}><summary>${both(title, 'span')}</summary><div class="table"><table><thead><tr>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div></details>`;
}

// A folder may contain results of several runs: shows each set of conditions with the experiments that ran under it.
function conditionSection(results: readonly LabResult[]): string {
  const byConditions = new Map<string, LabResult[]>();
  for (const result of results) {
    const { date, limits, ...fixed } = result.conditions;
    const key = JSON.stringify(fixed);
    byConditions.set(key, [...(byConditions.get(key) ?? []), result]);
  }
  const tables = [...byConditions.values()].map((alike) => {
    const of =
      byConditions.size === 1 ? '' : `<p>${alike.map(({ title }) => both(title, 'span')).join(' · ')}</p>`;
    const rows = conditionRows(alike.at(-1)!.conditions).map(
      ([name, value]) => `<tr><th>${both(name, 'span')}</th><td>${safe(value)}</td></tr>`,
    );
    return `${of}<div class="table"><table class="plain"><tbody>${rows.join('')}</tbody></table></div>`;
  });
  return `<section id="conditions">${both(WORDS.conditions, 'h2')}${tables.join('')}</section>`;
}

/** Returns a text in both languages, of which the page shows one. @param tag with attributes */
function both(words: Text, tag: string): string {
  const name = tag.split(' ')[0]!;
  return LANGUAGES.map((language) => `<${tag} lang="${language}">${safe(words[language])}</${name}>`).join(
    '',
  );
}

const safe = (plain: string): string => plain.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
