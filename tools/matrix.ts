// `npm run test:matrix`: every cell of the exactness matrix, and the last result for docs/exactness.md. Its parts run
// in separate processes, at most one per processor at a time.

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
const CHUNKS = 4; // of a model's cells, so that processes end at about the same time

interface NativeSet {
  readonly instructionSet: string;
  readonly threads: number;
  readonly weights: 'F32' | 'BF16' | 'Q8_0' | 'Q4_K';
}

/** A part of the matrix: every `CHUNKS`th cell of a model, from one on. */
interface Part {
  readonly family: Cell['family'];
  readonly chunk: number;
  /** instruction set of the native backend, which uses a separate model; the reference backend when absent */
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

// The native backend: float, 8-bit and 4-bit weights, each instruction set of this machine, one thread and two.
function allParts(): Part[] {
  const sets = instructionSets().flatMap((instructionSet): NativeSet[] =>
    [1, 2].flatMap((threads) =>
      // one set differs from another only by how it multiplies BF16
      (instructionSet === 'avx512bf16' ? (['BF16'] as const) : (['F32', 'Q8_0', 'Q4_K'] as const)).map(
        (weights) => ({ instructionSet, threads, weights }),
      ),
    ),
  );
  const chunks = Array.from({ length: CHUNKS }, (_, chunk) => chunk);
  const [anyFamily] = AXES.family; // whose own name is not used
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
async function runApart(part: Part): Promise<PartResult> {
  const child = spawn(
    process.execPath,
    [...process.execArgv, fileURLToPath(import.meta.url), JSON.stringify(part)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const said = await text(child.stdout);
  const code = await ended;
  if (code !== 0) throw new Error(`${JSON.stringify(part)} ended with ${code}`);
  return { part, rows: JSON.parse(said) as Row[] };
}

async function runAll(): Promise<PartResult[]> {
  const bar = progressBar('parts');
  const left = allParts();
  const count = left.length;
  const results: PartResult[] = [];
  const work = async (): Promise<void> => {
    for (let part = left.shift(); part !== undefined; part = left.shift()) {
      results.push(await runApart(part));
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
    'Under every combination of the conditions below, the logits from which each token was chosen are compared bit by',
    'bit with those of the same text computed in one step, alone and without a cache, and the token with the one that a',
    'sampler chooses which sees the text for the first time. All layers of `tiny-mistral` slide, and some of those of',
    '`tiny-mistral-layers` and `tiny-qwen2-window`, which have two groups of KV blocks. See `docs/kv-cache.md`.',
    '',
    `Last run: ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, reference backend, ${seconds.toFixed(0)} s with the native ones below.`,
    '',
    `**${rows.length.toLocaleString('en')} cells, ${rowsOf(rows)} rows of logits, ${rows.filter(differs).length} cells with a bit that differs.**`,
    `Guessed tokens that the model chose: ${accepted.toLocaleString('en')}.`,
    '',
    'Without a meaning, and left out: a found prefix without a cache, and one restored from disk without a paged one.',
    '',
    '| Condition | Value | Cells | Rows | Differing |',
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
    '| instruction set, threads, weights | cells | rows of logits | cells that differ |\n|---|---|---|---|';
  return `\n## The native backend\n\nKeys and values in f16. F32 is \`tiny-mistral-layers\`, of which some layers slide.\n\n${head}\n${lines.join('\n')}\n`;
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
  console.log(`${rows.length} cells, ${wrong} with a bit that differs; docs/exactness.md is written`);
  process.exitCode = wrong === 0 ? 0 : 1;
}

const [, , part] = process.argv;
if (part === undefined) await main();
else process.stdout.write(JSON.stringify(await runPart(JSON.parse(part) as Part)));
