// `npm run test:matrix`: runs every cell of the exactness matrix and writes docs/exactness.md. The cells are divided into
// parts; each part runs in a separate process, as many at once as the machine has processors.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { progressBar } from '../src/cli/progress-bar.ts';
import { instructionSets, native } from '../src/kernels/native/node/native-backend.ts';
import { findShape } from '../src/models/synthetic/public-shapes.ts';
import { AXES, type Axis, allCells, type Cell, nameOf } from '../tests/golden/exactness/cells.ts';
import { type CellOutcome, ExactnessRig } from '../tests/golden/exactness/rig.ts';
import { inSmall, writeSynthetic } from '../tests/support/models/small-models.ts';

const PAGE = new URL('../docs/exactness.md', import.meta.url);
const CHUNKS = 4; // parts per model: small enough that the processes end at about the same time

interface NativeSet {
  readonly instructionSet: string;
  readonly threads: number;
  readonly weights: 'F32' | 'BF16' | 'Q8_0' | 'Q4_K';
}

/** A part of the matrix: every `CHUNKS`th cell of a model, starting with cell number `chunk`. */
interface Part {
  readonly family: Cell['family'];
  readonly chunk: number;
  /** the native backend, with the model for these weights; undefined means the reference backend */
  readonly on?: NativeSet;
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

// On the native backend: float, 8-bit and 4-bit weights, each instruction set of this machine, one and two threads.
function allParts(): Part[] {
  const sets = instructionSets().flatMap((instructionSet): NativeSet[] =>
    [1, 2].flatMap((threads) =>
      // avx512bf16 differs from avx512 only in how it multiplies BF16 weights
      (instructionSet === 'avx512bf16' ? (['BF16'] as const) : (['F32', 'Q8_0', 'Q4_K'] as const)).map(
        (weights) => ({ instructionSet, threads, weights }),
      ),
    ),
  );
  const chunks = Array.from({ length: CHUNKS }, (_, chunk) => chunk);
  const [anyFamily] = AXES.family; // selects the cells only; the weights determine the model
  return [
    ...AXES.family.flatMap((family) => chunks.map((chunk): Part => ({ family, chunk }))),
    ...sets.flatMap((on) => chunks.map((chunk): Part => ({ family: anyFamily, chunk, on }))),
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

async function openRig({ family, on }: Part, folder: string): Promise<ExactnessRig> {
  if (on === undefined) return ExactnessRig.open(family);
  const { instructionSet, threads, weights } = on;
  const path =
    weights === 'F32'
      ? 'tiny-mistral-layers'
      : weights === 'Q8_0'
        ? 'tiny-qwen3-q8_0.gguf'
        : await writeSynthetic(folder, inSmall(findShape('qwen2.5 0.5b')!), weights);
  return ExactnessRig.open(path, native({ instructionSet, threads }));
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
  const left = allParts();
  const count = left.length;
  const results: PartResult[] = [];
  const work = async (): Promise<void> => {
    for (let part = left.shift(); part !== undefined; part = left.shift()) {
      results.push(await runInProcess(part));
      bar.show(results.length, count);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  bar.clear();
  return results;
}

const differs = ({ outcome }: Row): boolean => outcome.differing.length > 0;

const rowsOf = (rows: readonly Row[]): string =>
  rows.reduce((sum, { outcome }) => sum + outcome.rows, 0).toLocaleString('en');

function pageOf(rows: readonly Row[], seconds: number): string {
  const accepted = rows.reduce((sum, { outcome }) => sum + outcome.acceptedTokens, 0);
  const lines = [
    '# The exactness matrix',
    '',
    '<!-- written by `npm run test:matrix` -->',
    '',
    'Each cell is one combination of the conditions below. In each cell, the logits for every token are compared bit by bit',
    'with those of the same text when it is computed in one step, alone and without a cache. Each selected token is',
    'compared with the selection of a new sampler for the same text. All layers of `tiny-mistral` have a sliding window, and',
    'some layers of `tiny-mistral-layers` and `tiny-qwen2-window`, which therefore have two groups of KV blocks. See',
    '`docs/kv-cache.md`.',
    '',
    `Last run: ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, reference backend, ${seconds.toFixed(0)} s including the native backend below.`,
    '',
    `**${rows.length.toLocaleString('en')} cells, ${rowsOf(rows)} rows of logits, ${rows.filter(differs).length} cells with differing bits.**`,
    `Accepted draft tokens: ${accepted.toLocaleString('en')}.`,
    '',
    'Combinations that cannot occur are omitted: a found prefix without a cache, and a restored prefix without a paged cache.',
    '',
    '| Condition | Value | Cells | Rows | Differing cells |',
    '|---|---|---:|---:|---:|',
  ];
  for (const axis of Object.keys(AXES) as Axis[]) {
    for (const value of AXES[axis]) {
      const own = rows.filter(({ cell }) => cell[axis] === value);
      lines.push(`| ${axis} | ${value} | ${own.length} | ${rowsOf(own)} | ${own.filter(differs).length} |`);
    }
  }
  return `${lines.join('\n')}\n`;
}

const nameOfSet = ({ instructionSet, threads, weights }: NativeSet): string =>
  `${instructionSet}, ${threads} threads, ${weights}`;

function nativeSection(results: readonly PartResult[]): string {
  const bySet = new Map<string, Row[]>();
  for (const { part, rows } of results) {
    if (part.on === undefined) continue;
    const name = nameOfSet(part.on);
    bySet.set(name, [...(bySet.get(name) ?? []), ...rows]);
  }
  const lines = [...bySet].map(
    ([name, rows]) => `| ${name} | ${rows.length} | ${rowsOf(rows)} | ${rows.filter(differs).length} |`,
  );
  const head =
    '| instruction set, threads, weights | cells | rows of logits | differing cells |\n|---|---|---|---|';
  return `\n## The native backend\n\nKeys and values are f16. The model with F32 weights is \`tiny-mistral-layers\`, in which some layers have a sliding window.\n\n${head}\n${lines.join('\n')}\n`;
}

async function main(): Promise<void> {
  const started = performance.now();
  const order = new Map(allParts().map((part, i) => [JSON.stringify(part), i]));
  const results = await runAll();
  results.sort((a, b) => order.get(JSON.stringify(a.part))! - order.get(JSON.stringify(b.part))!);
  const rows = results.filter(({ part }) => part.on === undefined).flatMap((result) => result.rows);
  for (const { part, rows: own } of results) {
    for (const { cell, outcome } of own.filter(differs)) {
      const where = part.on === undefined ? '' : `${nameOfSet(part.on)}: `;
      console.log(`${where}${nameOf(cell)}: ${outcome.differing.slice(0, 3).join('; ')}`);
    }
  }
  writeFileSync(PAGE, pageOf(rows, (performance.now() - started) / 1000) + nativeSection(results));
  const wrong = results.flatMap((result) => result.rows).filter(differs).length;
  console.log(`${rows.length} cells, ${wrong} with differing bits; wrote docs/exactness.md`);
  process.exitCode = wrong === 0 ? 0 : 1;
}

const [, , part] = process.argv;
if (part === undefined) await main();
else process.stdout.write(JSON.stringify(await runPart(JSON.parse(part) as Part)));
