// Numbers as people read them: as many digits as mean something, bytes in powers of 1,024, times in ms or s.

import { formatBytes as formatBytesWith } from '../../base/format-bytes.ts';
import type { Cell, Column } from '../result.ts';
import type { Language } from '../text.ts';
import { unitName } from './words.ts';

/** A cell of a table. A number in bytes brings its unit; others leave it to the heading. */
export function formatCell(cell: Cell, { unit }: Pick<Column, 'unit'>, language: Language): string {
  if (cell === null) return '–';
  if (typeof cell === 'boolean') return cell ? '✓' : '✗';
  if (typeof cell === 'object') return cell[language];
  if (typeof cell === 'string') return cell;
  return unit === 'bytes' ? formatBytes(cell) : formatNumber(cell);
}

/** What stands behind a heading. */
export const unitOf = ({ unit }: Pick<Column, 'unit'>, language: Language): string =>
  unit === undefined || unit === 'bytes' ? '' : ` (${unitName(unit, language)})`;

export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e15) return value.toLocaleString('en');
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) return value.toExponential(2);
  return value.toLocaleString('en', { maximumSignificantDigits: size < 100 ? 3 : 4 });
}

export const formatBytes = (bytes: number): string => formatBytesWith(bytes, formatNumber);
