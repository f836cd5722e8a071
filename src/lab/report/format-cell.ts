// Formats cells of a table: numbers with their significant digits, bytes in powers of 1,024.

import { formatBytes as formatBytesWith } from '../../base/format-bytes.ts';
import type { Cell, Column } from '../result.ts';
import type { Language } from '../text.ts';
import { unitName } from './report-texts.ts';

/** Formats a cell. A number of bytes includes its unit; other units are in the heading. */
export function formatCell(cell: Cell, { unit }: Pick<Column, 'unit'>, language: Language): string {
  if (cell === null) return '–';
  if (typeof cell === 'boolean') return cell ? '✓' : '✗';
  if (typeof cell === 'object') return cell[language];
  if (typeof cell === 'string') return cell;
  return unit === 'bytes' ? formatBytes(cell) : formatNumber(cell);
}

/** Returns the unit that follows a heading. */
export const unitOf = ({ unit }: Pick<Column, 'unit'>, language: Language): string =>
  unit === undefined || unit === 'bytes' ? '' : ` (${unitName(unit, language)})`;

export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e15) return value.toLocaleString('en');
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) return value.toExponential(2);
  return value.toLocaleString('en', { maximumSignificantDigits: size < 100 ? 3 : 4 });
}

export const formatBytes = (bytes: number): string => formatBytesWith(bytes, formatNumber);
