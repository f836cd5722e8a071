// Formats a result as lines for a terminal.

import type { LabResult, Table } from '../result.ts';
import type { Language, Text } from '../text.ts';
import { formatCell, unitOf } from './format-cell.ts';
import { WORDS } from './words.ts';

export function terminalReport(result: LabResult, language: Language): string {
  const say = (name: Text, texts: readonly Text[]): string[] =>
    texts.map((one, i) => `${i === 0 ? `${name[language]}: ` : ''}${one[language]}`);
  const lines = [
    result.title[language],
    ...say(WORDS.question, [result.question]),
    ...say(WORDS.expected, [result.expected]),
    ...result.tables.flatMap((table) => ['', ...tableLines(table, language)]),
    '',
    ...(result.status === 'complete' ? [] : [WORDS[result.status][language]]),
    ...say(WORDS.seen, result.seen),
    ...say(WORDS.apart, result.apart),
  ];
  return `${lines.join('\n')}\n`;
}

export function tableLines({ title, columns, rows }: Table, language: Language): string[] {
  const heads = columns.map((column) => `${column.title[language]}${unitOf(column, language)}`);
  const cells = rows.map((row) => row.map((cell, i) => formatCell(cell, columns[i]!, language)));
  const widths = heads.map((head, i) =>
    cells.reduce((most, row) => Math.max(most, width(row[i]!)), width(head)),
  );
  const right = columns.map((_, i) => rows.some((row) => typeof row[i] === 'number'));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => pad(cell, widths[i]!, right[i]!))
      .join('  ')
      .trimEnd();
  return [title[language], line(heads), line(widths.map((n) => '-'.repeat(n))), ...cells.map(line)];
}

function pad(cell: string, to: number, right: boolean): string {
  const spaces = ' '.repeat(to - width(cell));
  return right ? spaces + cell : cell + spaces;
}

/** Returns the width in columns of a terminal: Chinese characters and full-width signs take two. */
const width = (words: string): number =>
  [...words].reduce(
    (sum, c) =>
      sum +
      (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60]/.test(c) ? 2 : 1),
    0,
  );
