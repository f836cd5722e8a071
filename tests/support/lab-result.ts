// Creates a result of `quire lab` for tests of reports and comparisons.

import { type LabResult, RESULT_FORMAT } from '../../src/lab/result.ts';
import { text } from '../../src/lab/text.ts';

export const labResult = (changes: Partial<LabResult> = {}): LabResult => ({
  format: RESULT_FORMAT,
  experiment: 'modes',
  title: text('Title', '标题'),
  question: text('Question one?', '问题一？'),
  expected: text('Expected one.', '预期一。'),
  seen: [text('Seen one.', '实测一。')],
  apart: [],
  status: 'complete',
  seconds: 1.5,
  conditions: {
    date: '2026-01-02T03:04:05.000Z',
    quire: '0.1.0',
    node: '20.19.0',
    system: 'Linux x64',
    processor: 'A processor',
    processors: 2,
    memoryBytes: 2 ** 33,
    model: 'A model',
    parameters: 1000,
    contextLength: 64,
    weights: 'Q8_0',
    backend: 'native',
    instructionSet: 'avx2',
    threads: 2,
    repetitions: 5,
    quick: false,
  },
  tables: [],
  charts: [],
  metrics: [],
  ...changes,
});
