// Renders a report as one self-contained page in both languages, for light and dark screens and for printing.

import { EXTERNAL_RESULTS } from '../external-results.ts';
import type { Chart, LabResult, Table } from '../result.ts';
import { type BilingualText, LANGUAGES, type Language, text } from '../text.ts';
import { conditionRows } from './condition-rows.ts';
import { formatCell, unitOf } from './format-cell.ts';
import { renderChart } from './render-chart.ts';
import { REPORT_TEXTS } from './report-texts.ts';
import { REPORT_STYLE } from './style.ts';

const MAX_OPEN_ROWS = 12; // a longer table is closed at first

/** The drawings of each chart: CSS class and surface. The style sheet shows one of the classes, depending on the width. */
const SURFACES = [
  ['wide', 'page'],
  ['narrow', 'narrow page'],
] as const;

/** @param language the language that is shown first */
export async function reportPage(results: readonly LabResult[], language: Language): Promise<string> {
  const sections: string[] = [];
  for (const result of results) sections.push(await section(result));
  const links = results.map(
    ({ experiment, title }) =>
      `<li><a href="#${escapeHtml(experiment)}">${bilingual(title, 'span')}</a></li>`,
  );
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Quire: ${escapeHtml(REPORT_TEXTS.title[language])}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<header>
<button id="language" type="button">${bilingual(REPORT_TEXTS.language, 'span')}</button>
${bilingual(REPORT_TEXTS.title, 'h1')}
${bilingual(REPORT_TEXTS.intro, 'p')}
<nav>${bilingual(REPORT_TEXTS.contents, 'h2')}<ul>${links.join('')}</ul></nav>
</header>
<main>
${sections.join('\n')}
${conditionSection(results)}
</main>
<script>addEventListener('beforeprint', () => { for (const details of document.querySelectorAll('details')) details.open = true; });
document.getElementById('language').onclick = () => { const root = document.documentElement; root.lang = root.lang === 'en' ? 'zh' : 'en'; };</script>
</body>
</html>
`;
}

async function section(result: LabResult): Promise<string> {
  const { experiment, title, question, expected, seen, apart, status, tables, charts } = result;
  const figures: string[] = [];
  for (const chart of charts) figures.push(await figure(chart));
  const note = status === 'complete' ? '' : bilingual(REPORT_TEXTS[status], 'p class="note"');
  const agreement =
    status === 'complete' && apart.length === 0 ? bilingual(REPORT_TEXTS.agreement, 'p class="agrees"') : '';
  return `<section id="${escapeHtml(experiment)}">
${bilingual(title, 'h2')}
${note}
<dl>
<div><dt>${bilingual(REPORT_TEXTS.question, 'span')}</dt><dd>${bilingual(question, 'span')}</dd></div>
<div><dt>${bilingual(REPORT_TEXTS.expected, 'span')}</dt><dd>${bilingual(expected, 'span')}</dd></div>
${sentences(REPORT_TEXTS.observations, seen)}
${sentences(REPORT_TEXTS.contradictions, apart)}
</dl>
${agreement}
${figures.join('\n')}
${tables.map(tableHtml).join('\n')}
<p class="time"><code>${escapeHtml(commandOf(experiment))}</code> · ${result.seconds.toFixed(1)} s · ${escapeHtml(result.conditions.model)}</p>
</section>`;
}

const commandOf = (experiment: string): string =>
  Object.hasOwn(EXTERNAL_RESULTS, experiment) ? EXTERNAL_RESULTS[experiment]! : `quire lab ${experiment}`;

function sentences(name: BilingualText, texts: readonly BilingualText[]): string {
  if (texts.length === 0) return '';
  const paragraphs = texts.map((sentence) => bilingual(sentence, 'p')).join('');
  return `<div><dt>${bilingual(name, 'span')}</dt><dd>${paragraphs}</dd></div>`;
}

async function figure(chart: Chart): Promise<string> {
  const drawn: string[] = [];
  for (const language of LANGUAGES)
    for (const [width, surface] of SURFACES)
      drawn.push(
        `<div lang="${language}" class="${width}">${await renderChart(chart, language, surface)}</div>`,
      );
  return `<figure>${bilingual(chart.title, 'figcaption')}${drawn.join('')}</figure>`;
}

function tableHtml({ title, columns, rows }: Table): string {
  const head = columns.map((column) => {
    const titled = (language: Language): string => column.title[language] + unitOf(column, language);
    return `<th>${bilingual(text(titled('en'), titled('zh')), 'span')}</th>`;
  });
  const body = rows.map((row) => {
    const cells = row.map((cell, i) => {
      const kind = typeof cell === 'number' ? ' class="number"' : cell === false ? ' class="wrong"' : '';
      const shown =
        cell !== null && typeof cell === 'object'
          ? bilingual(cell, 'span')
          : escapeHtml(formatCell(cell, columns[i]!, 'en'));
      return `<td${kind}>${shown}</td>`;
    });
    return `<tr>${cells.join('')}</tr>`;
  });
  const open = rows.length <= MAX_OPEN_ROWS ? ' open' : '';
  return `<details${open}><summary>${bilingual(title, 'span')}</summary><div class="table"><table><thead><tr>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div></details>`;
}

// Renders each set of conditions with its experiments, because a folder may contain results of several runs.
function conditionSection(results: readonly LabResult[]): string {
  const byConditions = new Map<string, LabResult[]>();
  for (const result of results) {
    const { date, limits, ...fixed } = result.conditions;
    const key = JSON.stringify(fixed);
    byConditions.set(key, [...(byConditions.get(key) ?? []), result]);
  }
  const tables = [...byConditions.values()].map((group) => {
    const titles =
      byConditions.size === 1
        ? ''
        : `<p>${group.map(({ title }) => bilingual(title, 'span')).join(' · ')}</p>`;
    const rows = conditionRows(group.at(-1)!.conditions).map(
      ([name, value]) => `<tr><th>${bilingual(name, 'span')}</th><td>${escapeHtml(value)}</td></tr>`,
    );
    return `${titles}<div class="table"><table class="plain"><tbody>${rows.join('')}</tbody></table></div>`;
  });
  return `<section id="conditions">${bilingual(REPORT_TEXTS.conditions, 'h2')}${tables.join('')}</section>`;
}

/** Returns elements with a text in both languages; the page shows one of them. @param tag name and attributes of the elements */
function bilingual(words: BilingualText, tag: string): string {
  const name = tag.split(' ')[0]!;
  return LANGUAGES.map(
    (language) => `<${tag} lang="${language}">${escapeHtml(words[language])}</${name}>`,
  ).join('');
}

const escapeHtml = (plain: string): string => plain.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
