// `npm run test:matrix`: compares logits bit by bit for every combination of conditions (a cell of the exactness matrix), and
// writes docs/exactness.md. The cells are divided into parts. Each part runs in a separate process, and as many processes run at once as the machine has processors.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { progressBar } from '../src/cli/progress-bar.ts';
import { findPublicModel } from '../src/models/synthetic/public-models.ts';
import { AXES, type Axis, allCells, type Cell, nameOf } from '../tests/golden/exactness/cells.ts';
import { type CellOutcome, ExactnessRig } from '../tests/golden/exactness/rig.ts';
import { COMPILED_SETS, compiled } from '../tests/support/compiled-backends.ts';
import { shrinkModel, writeSyntheticModel } from '../tests/support/models/small-models.ts';

const DOCUMENT = new URL('../docs/exactness.md', import.meta.url);
const CHUNKS = 4; // parts per model: enough parts that all processes end at about the same time

interface Configuration {
  readonly instructionSet: string;
  readonly threads: number;
  readonly weights: 'F32' | 'BF16' | 'Q8_0' | 'Q4_K';
}

/** A part of the matrix: every fourth cell (CHUNKS) of a model family, starting with cell number `chunk`. */
interface Part {
  readonly family: Cell['family'];
  readonly chunk: number;
  /** the configuration of compiled kernels; absent: the reference backend */
  readonly compiled?: Configuration;
}

interface Row {
  readonly cell: Cell;
  readonly outcome: CellOutcome;
}

interface PartResult {
  readonly part: Part;
  readonly rows: readonly Row[];
}

const cellsOf = ({ family, chunk }: Part): Cell[] =>
  allCells()
    .filter((cell) => cell.family === family)
    .filter((_, i) => i % CHUNKS === chunk);

// The reference backend runs all families. Compiled kernels run float, 8-bit and 4-bit weights with each instruction set
// of this machine, native and WebAssembly, and with one and two threads.
function allParts(): Part[] {
  const configurations = COMPILED_SETS.flatMap((instructionSet): Configuration[] =>
    [1, 2].flatMap((threads) =>
      // avx512bf16 differs from avx512 only in how it multiplies BF16 weights
      (instructionSet === 'avx512bf16' ? (['BF16'] as const) : (['F32', 'Q8_0', 'Q4_K'] as const)).map(
        (weights) => ({ instructionSet, threads, weights }),
      ),
    ),
  );
  const chunks = Array.from({ length: CHUNKS }, (_, chunk) => chunk);
  const [anyFamily] = AXES.family; // selects the cells; the model depends on the weights only
  return [
    ...AXES.family.flatMap((family) => chunks.map((chunk): Part => ({ family, chunk }))),
    ...configurations.flatMap((compiled) =>
      chunks.map((chunk): Part => ({ family: anyFamily, chunk, compiled })),
    ),
  ];
}

async function runPart(part: Part): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'quire-matrix-'));
  try {
    const rig = await openRig(part, folder);
    const rows: Row[] = [];
    for (const cell of cellsOf(part)) rows.push({ cell, outcome: await rig.run(cell) });
    await rig.close();
    return rows;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function openRig({ family, compiled: configuration }: Part, folder: string): Promise<ExactnessRig> {
  if (configuration === undefined) return ExactnessRig.open(family);
  const { instructionSet, threads, weights } = configuration;
  const path =
    weights === 'F32'
      ? 'tiny-gemma2'
      : weights === 'Q8_0'
        ? 'tiny-qwen3-q8_0.gguf'
        : await writeSyntheticModel(folder, shrinkModel(findPublicModel('qwen2.5 0.5b')!), weights);
  return ExactnessRig.open(path, compiled({ instructionSet, threads }));
}

/** Runs a part in a separate process. */
async function runInProcess(part: Part): Promise<PartResult> {
  const child = spawn(
    process.execPath,
    [...process.execArgv, fileURLToPath(import.meta.url), JSON.stringify(part)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const output = await text(child.stdout);
  const code = await ended;
  if (code !== 0) throw new Error(`part ${JSON.stringify(part)} ended with exit code ${code}`);
  return { part, rows: JSON.parse(output) as Row[] };
}

async function runAll(): Promise<PartResult[]> {
  const bar = progressBar('parts');
  const waitingParts = allParts();
  const count = waitingParts.length;
  const results: PartResult[] = [];
  const runParts = async (): Promise<void> => {
    for (let part = waitingParts.shift(); part !== undefined; part = waitingParts.shift()) {
      results.push(await runInProcess(part));
      bar.show(results.length, count);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, runParts));
  bar.clear();
  return results;
}

const differs = ({ outcome }: Row): boolean => outcome.differing.length > 0;

const logitRowsOf = (rows: readonly Row[]): string =>
  rows.reduce((sum, { outcome }) => sum + outcome.rows, 0).toLocaleString('en');

function matrixSection(rows: readonly Row[], seconds: number): string {
  const acceptedTokens = rows.reduce((sum, { outcome }) => sum + outcome.acceptedTokens, 0);
  const lines = [
    '# The exactness matrix',
    '',
    '<!-- written by `npm run test:matrix` -->',
    '',
    'Each cell is one combination of the conditions below. In each cell, the logits for every token are compared bit by bit',
    'with the logits of the same text computed in one step, without other requests and without a cache. Each selected token',
    'is compared with the token that a new sampler selects for the same text. All layers of `tiny-mistral` have a sliding',
    'window. In `tiny-mistral-layers`, `tiny-qwen2-window`, `tiny-gemma2` and `tiny-gemma3` only some layers have one, so these models have two layer',
    'groups. See `docs/kv-cache.md`. After a plus sign is the LoRA adapter of the sequence; every second of the unrelated sequences has none.',
    '',
    `Last run: ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, reference backend, ${seconds.toFixed(0)} s including the backends below.`,
    '',
    `**${rows.length.toLocaleString('en')} cells, ${logitRowsOf(rows)} rows of logits, ${rows.filter(differs).length} cells with differing bits.**`,
    `Accepted draft tokens: ${acceptedTokens.toLocaleString('en')}.`,
    '',
    'Combinations that cannot occur are omitted: a prefix hit without a cache, and a restored prefix without a paged cache.',
    '',
    '| Condition | Value | Cells | Rows | Differing cells |',
    '|---|---|---:|---:|---:|',
  ];
  for (const axis of Object.keys(AXES) as Axis[]) {
    for (const value of AXES[axis]) {
      const matching = rows.filter(({ cell }) => cell[axis] === value);
      const differing = matching.filter(differs).length;
      lines.push(`| ${axis} | ${value} | ${matching.length} | ${logitRowsOf(matching)} | ${differing} |`);
    }
  }
  return `${lines.join('\n')}\n`;
}

const nameOfConfiguration = ({ instructionSet, threads, weights }: Configuration): string =>
  `${instructionSet}, ${threads} threads, ${weights}`;

function compiledSection(results: readonly PartResult[]): string {
  const rowsByName = new Map<string, Row[]>();
  for (const { part, rows } of results) {
    if (part.compiled === undefined) continue;
    const name = nameOfConfiguration(part.compiled);
    rowsByName.set(name, [...(rowsByName.get(name) ?? []), ...rows]);
  }
  const lines = [...rowsByName].map(
    ([name, rows]) => `| ${name} | ${rows.length} | ${logitRowsOf(rows)} | ${rows.filter(differs).length} |`,
  );
  const head =
    '| instruction set, threads, weights | cells | rows of logits | differing cells |\n|---|---|---|---|';
  return `\n## The native and the WebAssembly backend\n\nKeys and values are f16. The model with F32 weights is \`tiny-gemma2\`, in which some layers have a sliding window and attention scores are limited.\n\n${head}\n${lines.join('\n')}\n`;
}

async function main(): Promise<void> {
  const started = performance.now();
  const order = new Map(allParts().map((part, i) => [JSON.stringify(part), i]));
  const results = await runAll();
  results.sort((a, b) => order.get(JSON.stringify(a.part))! - order.get(JSON.stringify(b.part))!);
  const rows = results.filter(({ part }) => part.compiled === undefined).flatMap((result) => result.rows);
  for (const { part, rows: partRows } of results) {
    for (const { cell, outcome } of partRows.filter(differs)) {
      const prefix = part.compiled === undefined ? '' : `${nameOfConfiguration(part.compiled)}: `;
      console.log(`${prefix}${nameOf(cell)}: ${outcome.differing.slice(0, 3).join('; ')}`);
    }
  }
  writeFileSync(
    DOCUMENT,
    matrixSection(rows, (performance.now() - started) / 1000) + compiledSection(results),
  );
  const differing = results.flatMap((result) => result.rows).filter(differs).length;
  console.log(`${rows.length} cells, ${differing} with differing bits; wrote docs/exactness.md`);
  process.exitCode = differing === 0 ? 0 : 1;
}

const [, , part] = process.argv;
if (part === undefined) await main();
else process.stdout.write(JSON.stringify(await runPart(JSON.parse(part) as Part)));
