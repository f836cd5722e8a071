// Formats a result as lines for a terminal.

import type { LabResult, Table } from '../result.ts';
import type { BilingualText, Language } from '../text.ts';
import { formatCell, unitOf } from './format-cell.ts';
import { REPORT_TEXTS } from './report-texts.ts';

export function terminalReport(result: LabResult, language: Language): string {
  const labelled = (name: BilingualText, texts: readonly BilingualText[]): string[] =>
    texts.map((sentence, i) => `${i === 0 ? `${name[language]}: ` : ''}${sentence[language]}`);
  const lines = [
    result.title[language],
    ...labelled(REPORT_TEXTS.question, [result.question]),
    ...labelled(REPORT_TEXTS.expected, [result.expected]),
    ...result.tables.flatMap((table) => ['', ...tableLines(table, language)]),
    '',
    ...(result.status === 'complete' ? [] : [REPORT_TEXTS[result.status][language]]),
    ...labelled(REPORT_TEXTS.observations, result.seen),
    ...labelled(REPORT_TEXTS.contradictions, result.apart),
  ];
  return `${lines.join('\n')}\n`;
}

export function tableLines({ title, columns, rows }: Table, language: Language): string[] {
  const headings = columns.map((column) => `${column.title[language]}${unitOf(column, language)}`);
  const cells = rows.map((row) => row.map((cell, i) => formatCell(cell, columns[i]!, language)));
  const widths = headings.map((head, i) =>
    cells.reduce((maximum, row) => Math.max(maximum, width(row[i]!)), width(head)),
  );
  const alignedRight = columns.map((_, i) => rows.some((row) => typeof row[i] === 'number'));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => pad(cell, widths[i]!, alignedRight[i]!))
      .join('  ')
      .trimEnd();
  return [title[language], line(headings), line(widths.map((n) => '-'.repeat(n))), ...cells.map(line)];
}

function pad(cell: string, targetWidth: number, alignRight: boolean): string {
  const spaces = ' '.repeat(targetWidth - width(cell));
  return alignRight ? spaces + cell : cell + spaces;
}

/** Returns the width in terminal columns: Chinese characters and full-width signs occupy two columns. */
const width = (words: string): number =>
  [...words].reduce(
    (sum, c) =>
      sum +
      (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60]/.test(c) ? 2 : 1),
    0,
  );
