// What `quire inspect` reports about LoRA adapters: of one that is inspected alone, and of those that are given for a model.

import { asQuireError, type QuireError } from '../base/errors.ts';
import { formatBytes } from '../base/format-bytes.ts';
import type { AdapterModule } from '../base/model/adapter-file.ts';
import type { ModelFile, TensorInfo } from '../base/model/model-file.ts';
import { sum } from '../base/sum.ts';
import { adapterTargets } from '../engine/adapters.ts';
import { type AdapterSummary, readAdapterSummary } from '../formats/node/adapter-summary.ts';
import { openAdapterFile } from '../models/node/open-adapter-file.ts';
import { FAMILIES } from '../models/registry.ts';
import { loraTargetsOf } from '../program/lora.ts';
import type { Program } from '../program/program.ts';
import type { AdapterPaths } from './values.ts';

type Modules = ReadonlyMap<string, AdapterModule>;
export type Row = readonly [name: string, value: string];

/** Returns the report on the adapter at `path`; undefined if there is a model. */
export async function inspectAdapter(path: string): Promise<AdapterReport | undefined> {
  const summary = await readAdapterSummary(path, FAMILIES);
  return summary === undefined ? undefined : describeAdapter(summary);
}

function describeAdapter({ format, source, base, architecture, alpha, modules }: AdapterSummary) {
  return {
    kind: 'adapter' as const,
    format,
    source,
    /** undefined if the adapter does not name it */
    baseModel: base,
    architecture,
    alpha,
    ...describeModules(modules),
    /** the changed layers, by their names in a PEFT adapter, or those of the model for a GGUF */
    targets: [...modules].map(([name, { a, b, scale }]) => ({
      name,
      rank: a.shape[0]!,
      scale,
      shape: [b.shape[0]!, a.shape[1]!],
      dtype: a.dtype,
    })),
  };
}

export type AdapterReport = ReturnType<typeof describeAdapter>;

function describeModules(modules: Modules) {
  const all = [...modules.values()];
  const tensors = all.flatMap(({ a, b }) => [a, b]);
  const tensorTypes: Record<string, number> = {};
  for (const { dtype } of tensors) tensorTypes[dtype] = (tensorTypes[dtype] ?? 0) + 1;
  return {
    /** largest rank of a layer */
    rank: Math.max(...all.map(({ a }) => a.shape[0]!)),
    /** number of layers that it changes */
    layers: modules.size,
    /** numbers of changed layers, by the last part of their names */
    layerTypes: layerTypes([...modules.keys()]),
    parameters: sum(tensors.map(elements)),
    tensorTypes,
    bytes: sum(tensors.map(({ byteLength }) => byteLength)),
  };
}

const elements = ({ shape }: TensorInfo): number => shape.reduce((product, size) => product * size, 1);

function layerTypes(names: readonly string[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const name of names) {
    const type = name.slice(name.lastIndexOf('.') + 1);
    counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}

/** Returns the lines of the report. */
export function adapterRows(report: AdapterReport): readonly Row[] {
  const { targets } = report;
  const format = report.format === 'peft' ? 'PEFT' : `GGUF, ${report.architecture}`;
  return [
    ['adapter', `LoRA (${format})`],
    ['base model', report.baseModel ?? 'not named'],
    ['rank', rangeText(targets.map(({ rank }) => rank))],
    ['alpha', String(report.alpha)],
    ['scale', rangeText(targets.map(({ scale }) => scale))],
    ['layers', layersText(report)],
    ['tensors', `${2 * report.layers} (${countsText(report.tensorTypes)})`],
    ['parameters', report.parameters.toLocaleString('en')],
    ['size', formatBytes(report.bytes)],
  ];
}

function rangeText(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return least === most ? `${least}` : `${least} to ${most}`;
}

const countsText = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');

const layersText = (adapter: {
  readonly layers: number;
  readonly layerTypes: Readonly<Record<string, number>>;
}) => `${adapter.layers} (${countsText(adapter.layerTypes)})`;

/** Whether an adapter fits a model, and what it changes. */
export type AdapterFit = { readonly name: string; readonly path: string } & (
  | ({ readonly fits: true } & ReturnType<typeof describeModules>)
  | { readonly fits: false; readonly problem: QuireError }
);

/** Reports on adapters for a model. Rejects with the error of a file that is not an adapter, or that cannot be read. */
export async function fitAdapters(
  adapters: AdapterPaths,
  file: ModelFile,
  program: Program,
): Promise<readonly AdapterFit[]> {
  const targets = adapterTargets(file.config, loraTargetsOf(program));
  const fits: AdapterFit[] = [];
  for (const [name, path] of Object.entries(adapters)) {
    try {
      const adapter = await openAdapterFile(path, targets);
      await adapter.close();
      fits.push({ name, path, fits: true, ...describeModules(adapter.modules) });
    } catch (error) {
      const problem = asQuireError(error);
      if (problem.code !== 'bad_adapter') throw problem;
      fits.push({ name, path, fits: false, problem });
    }
  }
  return fits;
}

/** Returns one line for each adapter. */
export const fitRows = (fits: readonly AdapterFit[]): readonly Row[] =>
  fits.map((fit) => [
    'adapter',
    fit.fits
      ? `${fit.name} fits: rank ${fit.rank}, layers ${layersText(fit)}, ${formatBytes(fit.bytes)}`
      : `${fit.name} does not fit: ${fit.problem.message}`,
  ]);

/** Returns the adapter as part of a JSON object. */
export const fitJson = (fit: AdapterFit): object =>
  fit.fits ? fit : { ...fit, problem: { code: fit.problem.code, message: fit.problem.message } };
