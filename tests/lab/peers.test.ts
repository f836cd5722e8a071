// Tests the report of bench/peers, a comparison with other engines, with fixed data.

import { expect, test } from 'vitest';
import type { PeersData } from '../../bench/peers/data.ts';
import { reportPeers } from '../../bench/peers/report.ts';
import { Findings } from '../../src/lab/findings.ts';

const DATA: PeersData = {
  load: 0.5,
  processors: 2,
  comparisons: [
    { model: 'a.gguf', name: 'decode', unit: 'tokens/s', quire: [30, 33, 36], llama: [20, 22, 24] },
    {
      model: 'a.gguf',
      name: 'load',
      unit: 'ms',
      lowIsGood: true,
      quire: [50, 50, 50],
      llama: [100, 100, 100],
    },
    { model: 'a.gguf', name: '16 at once', unit: 'tokens/s', quire: [90, 90, 90], llama: [60, 60, 60] },
  ],
  divergence: { model: 'a.gguf', tokens: 48, parting: { after: 10, margin: 0.05 } },
};

test('reportPeers reports ratios above 1 if Quire is better, whether high or low values are good', () => {
  const findings = new Findings();
  reportPeers(DATA, findings);
  const [table] = findings.tables;
  expect(table!.rows.map((row) => row[4])).toEqual([1.5, 2, 1.5]);
  expect(findings.metrics.map(({ name, samples }) => [name, samples.length])).toEqual([
    ['decode', 3],
    ['load', 3],
    ['16 at once', 3],
  ]);
  expect(findings.contradictions.map(({ en }) => en)).toEqual([
    '16 concurrent requests: a ratio of at least 2 was expected; it is 1.5.',
  ]);
  expect(findings.observations.at(-1)!.en).toMatch(/The first 10 of 48 greedy tokens are equal/);
});
