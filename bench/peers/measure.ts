// Runs both engines alternately, each run in a fresh process, and pairs their measured values.

import { basename } from 'node:path';
import type { Comparison } from './data.ts';
import { lastLine, type RunSettings, runNode } from './run-node.ts';

interface Measurements {
  readonly loadMs: number;
  readonly prefillTokensPerSecond: number;
  readonly decodeTokensPerSecond: number;
  readonly throughputTokensPerSecond: number;
  readonly peakResidentBytes: number;
}

interface Measure {
  readonly name: string;
  readonly unit: string;
  readonly key: keyof Measurements;
  readonly lowIsGood?: true;
}

const MEASURES: readonly Measure[] = [
  { name: 'prefill', unit: 'tokens/s', key: 'prefillTokensPerSecond' },
  { name: 'decode', unit: 'tokens/s', key: 'decodeTokensPerSecond' },
  { name: 'load', unit: 'ms', key: 'loadMs', lowIsGood: true },
  { name: 'peak memory', unit: 'MB', key: 'peakResidentBytes', lowIsGood: true },
];

const throughputMeasure = (concurrency: number): Measure => ({
  name: `${concurrency} at once`,
  unit: 'tokens/s',
  key: 'throughputTokensPerSecond',
});

export const measurementSettings = (threads: number): readonly RunSettings[] => [
  { promptTokens: 512, generateTokens: 64, concurrency: 1, threads, repetitions: 3 },
  { promptTokens: 64, generateTokens: 64, concurrency: 16, threads, repetitions: 1 },
];

async function runQuire(model: string, setting: RunSettings): Promise<Measurements> {
  const { promptTokens, generateTokens, concurrency, repetitions, threads } = setting;
  const sizes = ['--prompt-tokens', `${promptTokens}`, '--generate-tokens', `${generateTokens}`];
  const counts = ['--concurrency', `${concurrency}`, '--repetitions', `${repetitions}`];
  const args = ['bin/quire.js', 'bench', '--model', model, ...sizes, ...counts, '--threads', `${threads}`];
  return JSON.parse(lastLine(await runNode([...args, '--json']))) as Measurements;
}

async function runLlama(model: string, setting: RunSettings): Promise<Measurements> {
  const output = await runNode(['bench/peers/llama-process.js', model, JSON.stringify(setting)]);
  return JSON.parse(lastLine(output)) as Measurements;
}

/** Compares the time from the start of a process to the first token. The file must be in the page cache: one run is not counted. */
export async function compareStarts(model: string, threads: number, turns: number): Promise<Comparison> {
  const startMs = async (script: string): Promise<number> => {
    const output = await runNode([`bench/peers/${script}`, model, `${threads}`]);
    return (JSON.parse(lastLine(output)) as { startMs: number }).startMs;
  };
  await startMs('quire-start.js');
  const quire: number[] = [];
  const llama: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    quire.push(await startMs('quire-start.js'));
    llama.push(await startMs('llama-start.js'));
  }
  return { model: basename(model), name: 'start', unit: 'ms', lowIsGood: true, quire, llama };
}

export async function compareEngines(
  model: string,
  setting: RunSettings,
  turns: number,
): Promise<Comparison[]> {
  const quire: Measurements[] = [];
  const llama: Measurements[] = [];
  for (let turn = 0; turn < turns; turn++) {
    quire.push(await runQuire(model, setting));
    llama.push(await runLlama(model, setting));
  }
  const measures = setting.concurrency === 1 ? MEASURES : [throughputMeasure(setting.concurrency)];
  return measures.map(({ key, ...measure }): Comparison => {
    const values = (runs: readonly Measurements[]): number[] =>
      runs.map((run) => run[key] / (measure.unit === 'MB' ? 1e6 : 1));
    return { ...measure, model: basename(model), quire: values(quire), llama: values(llama) };
  });
}
