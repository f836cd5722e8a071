// `npm run test:matrix`: every cell of the exactness matrix, and the last result for docs/exactness.md.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { progressBar } from '../src/cli/progress-bar.ts';
import { findShape } from '../src/formats/synthetic/public-shapes.ts';
import { instructionSets, native } from '../src/kernels/native/node/native-backend.ts';
import { AXES, type Axis, allCells, type Cell, nameOf } from '../tests/golden/exactness/cells.ts';
import { type CellOutcome, ExactnessRig } from '../tests/golden/exactness/rig.ts';
import { inSmall, writeSynthetic } from '../tests/support/small-models.ts';

const PAGE = new URL('../docs/exactness.md', import.meta.url);

interface Row {
  readonly cell: Cell;
  readonly outcome: CellOutcome;
}

async function runAll(): Promise<Row[]> {
  const bar = progressBar('cells');
  const cells = allCells();
  const rows: Row[] = [];
  for (const family of AXES.family) {
    const rig = await ExactnessRig.open(family);
    for (const cell of cells.filter((one) => one.family === family)) {
      rows.push({ cell, outcome: await rig.run(cell) });
      bar.show(rows.length, cells.length);
    }
    await rig.close();
  }
  bar.clear();
  return rows;
}

function pageOf(rows: readonly Row[], seconds: number): string {
  const compared = rows.reduce((sum, { outcome }) => sum + outcome.rows, 0);
  const wrong = rows.filter(({ outcome }) => outcome.differing.length > 0);
  const accepted = rows.reduce((sum, { outcome }) => sum + outcome.acceptedTokens, 0);
  const lines = [
    '# The exactness matrix',
    '',
    '<!-- written by `npm run test:matrix` -->',
    '',
    'Under every combination of the conditions below, the logits from which each token was chosen are compared bit by',
    'bit with those of the same text computed in one step, alone and without a cache, and the token with the one that a',
    'sampler chooses which sees the text for the first time. See `docs/kv-cache.md`.',
    '',
    `Last run: ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, reference backend, ${seconds.toFixed(0)} s.`,
    '',
    `**${rows.length.toLocaleString('en')} cells, ${compared.toLocaleString('en')} rows of logits, ${wrong.length} cells with a bit that differs.**`,
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
      const sum = own.reduce((all, { outcome }) => all + outcome.rows, 0);
      const differing = own.filter(({ outcome }) => outcome.differing.length > 0).length;
      lines.push(`| ${axis} | ${value} | ${own.length} | ${sum.toLocaleString('en')} | ${differing} |`);
    }
  }
  return `${lines.join('\n')}\n`;
}

interface NativeRow {
  readonly name: string;
  readonly cells: number;
  readonly rows: number;
  readonly wrong: readonly string[];
}

// The native backend: float, 8-bit and 4-bit weights, each instruction set of this machine, one thread and two.
async function runNative(): Promise<NativeRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'quire-matrix-'));
  const small = (dtype: 'BF16' | 'Q4_K') =>
    writeSynthetic(folder, inSmall(findShape('qwen2.5 0.5b')!), dtype);
  const models = { F32: 'tiny-llama', Q8_0: 'tiny-qwen3-q8_0.gguf', Q4_K: await small('Q4_K') };
  const ofPairs = { BF16: await small('BF16') }; // for the set that differs only by how it multiplies BF16
  const cells = allCells().filter(({ family }) => family === AXES.family[0]); // whose own name is not used
  const bar = progressBar('native');
  const found: NativeRow[] = [];
  const sets = instructionSets().map(
    (name) => [name, Object.entries(name === 'avx512bf16' ? ofPairs : models)] as const,
  );
  const total = sets.reduce((sum, [, own]) => sum + 2 * own.length, 0);
  for (const [instructionSet, own] of sets) {
    for (const threads of [1, 2]) {
      for (const [dtype, path] of own) {
        const rig = await ExactnessRig.open(path, native({ instructionSet, threads }));
        const wrong: string[] = [];
        let rows = 0;
        for (const cell of cells) {
          const outcome = await rig.run(cell);
          rows += outcome.rows;
          if (outcome.differing.length > 0) wrong.push(nameOf(cell));
        }
        await rig.close();
        found.push({
          name: `${instructionSet}, ${threads} threads, ${dtype}`,
          cells: cells.length,
          rows,
          wrong,
        });
        bar.show(found.length, total);
      }
    }
  }
  bar.clear();
  rmSync(folder, { recursive: true });
  return found;
}

function nativeSection(rows: readonly NativeRow[]): string {
  const lines = rows.map(
    ({ name, cells, rows: compared, wrong }) =>
      `| ${name} | ${cells} | ${compared.toLocaleString('en')} | ${wrong.length} |`,
  );
  const head =
    '| instruction set, threads, weights | cells | rows of logits | cells that differ |\n|---|---|---|---|';
  return `\n## The native backend\n\nKeys and values in f16.\n\n${head}\n${lines.join('\n')}\n`;
}

const started = performance.now();
const rows = await runAll();
const nativeRows = await runNative();
for (const { name, wrong } of nativeRows) for (const cell of wrong) console.log(`${name}: ${cell}`);
const wrong = rows.filter(({ outcome }) => outcome.differing.length > 0);
for (const { cell, outcome } of wrong)
  console.log(`${nameOf(cell)}: ${outcome.differing.slice(0, 3).join('; ')}`);
writeFileSync(PAGE, pageOf(rows, (performance.now() - started) / 1000) + nativeSection(nativeRows));
console.log(`${rows.length} cells, ${wrong.length} with a bit that differs; docs/exactness.md is written`);
process.exitCode = wrong.length === 0 && nativeRows.every((row) => row.wrong.length === 0) ? 0 : 1;
