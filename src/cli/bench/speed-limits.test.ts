import { expect, test } from 'vitest';
import { speedLimits } from './speed-limits.ts';
import type { LoggedStep } from './step-log.ts';

const stepOf = (tokens: number): LoggedStep => ({
  shape: {
    positions: new Int32Array(tokens),
    queryStart: Int32Array.of(0, tokens),
    contextLength: Int32Array.of(tokens),
    logitsRows: new Int32Array(0),
  },
  stepMs: 0,
});
const limitMs = ({ shape }: LoggedStep): number => 10 + shape.positions.length; // as if a step read for 10 ms

test('the limit of a run is the sum of the limits of its steps', () => {
  const repetition = {
    ...{ prefillTokensPerSecond: 500, decodeTokensPerSecond: 50, throughputTokensPerSecond: 30 },
    prefillSteps: [stepOf(30), stepOf(10)], // 40 + 20 ms
    decodeSteps: [stepOf(2), stepOf(2), stepOf(1)], // 12 + 12 + 11 ms
    ...{ promptTokens: 40, decodeTokens: 5, generatedTokens: 7 },
  };
  const limits = speedLimits(repetition, limitMs);
  expect(limits.limitPrefillTokensPerSecond).toBeCloseTo(40 / 0.06);
  expect(limits.prefillShare).toBeCloseTo(500 / (40 / 0.06));
  expect(limits.limitDecodeTokensPerSecond).toBeCloseTo(5 / 0.035);
  expect(limits.decodeShare).toBeCloseTo(50 / (5 / 0.035));
  expect(limits.limitThroughputTokensPerSecond).toBeCloseTo(7 / 0.095);
  expect(limits.throughputShare).toBeCloseTo(30 / (7 / 0.095));
});

test('a run without tokens after the first has no limit of the decode speed', () => {
  const repetition = {
    ...{ prefillTokensPerSecond: 500, decodeTokensPerSecond: 0, throughputTokensPerSecond: 10 },
    ...{ prefillSteps: [stepOf(40)], decodeSteps: [], promptTokens: 40, decodeTokens: 0, generatedTokens: 1 },
  };
  const limits = speedLimits(repetition, limitMs);
  expect(Object.keys(limits).filter((name) => /decode/i.test(name))).toEqual([]);
  expect(limits.limitThroughputTokensPerSecond).toBeCloseTo(1 / 0.05);
});
