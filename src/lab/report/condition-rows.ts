// Converts the conditions of a result to rows of a name and a value.

import type { Conditions } from '../result.ts';
import type { BilingualText } from '../text.ts';
import { formatBytes, formatNumber } from './format-cell.ts';
import { CONDITION_NAMES as NAMES } from './report-texts.ts';

export function conditionRows(conditions: Conditions): readonly (readonly [BilingualText, string])[] {
  const { limits, memoryBytes, parameters, date, quick, lengths, ...plain } = conditions;
  const giga = (value: number, unit: string): string => `${formatNumber(value / 1e9)} G${unit}/s`;
  const rows: [BilingualText, string][] = [
    [NAMES.date, date.slice(0, 16).replace('T', ' ')],
    [NAMES.model, plain.model],
    [NAMES.parameters, formatNumber(parameters)],
    [NAMES.weights, plain.weights],
    [NAMES.contextLength, formatNumber(plain.contextLength)],
    [NAMES.backend, plain.backend],
    [NAMES.instructionSet, plain.instructionSet],
    [NAMES.threads, String(plain.threads)],
    [NAMES.processor, plain.processor],
    [NAMES.processors, String(plain.processors)],
    [NAMES.memoryBytes, formatBytes(memoryBytes)],
    [NAMES.system, plain.system],
    [NAMES.node, plain.node],
    [NAMES.quire, plain.quire],
    [NAMES.repetitions, String(plain.repetitions)],
  ];
  if (quick) rows.push([NAMES.quick, '✓']);
  if (lengths !== undefined) rows.push([NAMES.lengths, lengths.join(', ')]);
  if (limits !== undefined)
    rows.push(
      [NAMES.bandwidth, giga(limits.bandwidthBytesPerSecond, 'B')],
      [NAMES.int8, giga(limits.int8OpsPerSecond, 'OP')],
      ...(limits.int16OpsPerSecond === undefined
        ? []
        : [[NAMES.int16, giga(limits.int16OpsPerSecond, 'OP')] as [BilingualText, string]]),
      [NAMES.f32, giga(limits.f32FlopsPerSecond, 'FLOP')],
      [NAMES.bf16, giga(limits.bf16FlopsPerSecond, 'FLOP')],
    );
  return rows;
}
