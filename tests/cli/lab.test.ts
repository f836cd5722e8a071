// Tests `quire lab` as a process: the list of experiments, the errors, the output and the written files, also after an interrupt.

import { existsSync, mkdtempSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { createGgufLayout } from '../../src/formats/gguf/writer.ts';
import { EXPERIMENTS } from '../../src/lab/experiments.ts';
import { SMALL_LLAMA } from '../../src/lab/lab-bench.ts';
import { type LabResult, resultSchema } from '../../src/lab/result.ts';
import { text } from '../../src/lab/text.ts';
import { createSyntheticModel } from '../../src/models/synthetic/synthetic-model.ts';
import { labResult } from '../support/lab-result.ts';
import {
  buildQuire,
  expectErrorLine,
  type QuireProcess,
  type QuireResult,
  startQuire,
} from '../support/quire-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const start = (args: readonly string[]): QuireProcess =>
  startQuire(['lab', ...args], { env: { LC_ALL: 'C' } });
const runLab = (...args: string[]): Promise<QuireResult> => start(args).ended;

const folder = temporaryFolder('cli-lab');
const pathOf = (name: string): string => join(folder, name);

function writeFile(name: string, contents: unknown): string {
  writeFileSync(pathOf(name), typeof contents === 'string' ? contents : JSON.stringify(contents));
  return pathOf(name);
}

beforeAll(buildQuire, 180_000);

describe('quire lab without arguments', () => {
  test('lists the experiments with their questions in the requested language', async () => {
    const { code, output, error } = await runLab();
    expect({ code, error }).toEqual({ code: 0, error: '' });
    for (const { name, texts } of EXPERIMENTS)
      expect(output).toMatch(new RegExp(`^${name} +${texts.question.en.slice(0, -1)}`, 'm'));
    expect((await runLab('--language', 'zh')).output).toContain(EXPERIMENTS[0]!.texts.question.zh);
  });
});

const expectFailure = (args: readonly string[], exitCode: 1 | 2, line: RegExp): Promise<void> =>
  expectErrorLine(runLab(...args), exitCode, line);

describe('quire lab prints one error line and exits with an error code for', () => {
  test.each<[string, 1 | 2, RegExp, string[]]>([
    ['an unknown experiment', 2, /^bad_option: .*"mode"; did you mean modes\?/, ['mode']],
    [
      'a text length that exceeds the context',
      2,
      /^bad_option: .*999999.*to 1008/,
      ['modes', '--lengths', '999999'],
    ],
    [
      'lengths that are not numbers',
      2,
      /^bad_option: .*--lengths.*whole number/,
      ['modes', '--lengths', '16,x'],
    ],
    [
      '0 repetitions',
      2,
      /^bad_option: repetitions must be a whole number from 1 to 1000, got 0; /,
      ['modes', '--repetitions', '0'],
    ],
    [
      'peers, an experiment that another program measures',
      2,
      /^bad_option: peers .*; run npm run bench:peers/,
      ['peers'],
    ],
    ['an unknown language', 2, /^bad_option: .*--language/, ['modes', '--language', 'fr']],
    ['a model that is missing', 1, /^file_not_found: .*none\.gguf/, ['modes', '--model', 'none.gguf']],
  ])('%s', async (_name, exitCode, line, args) => {
    await expectFailure(args, exitCode, line);
  });

  test('an output folder that cannot be created, before measuring', async () => {
    const out = join(writeFile('plain', 'a file'), 'results');
    await expectFailure(['all', '--out', out], 1, /^file_not_writable: .*plain/);
  });

  test('a damaged result in the output folder, before measuring and without overwriting it', async () => {
    const out = mkdtempSync(join(folder, 'damaged-'));
    writeFileSync(join(out, 'turns.json'), '{"format":');
    await expectFailure(
      ['modes', '--quick', '--out', out],
      1,
      /^file_unreadable: .*turns\.json.*remove the file/,
    );
    expect(readdirSync(out)).toEqual(['turns.json']);
  });

  test('a closed standard output, with the exit code of Ctrl-C', async () => {
    const { child, ended } = start(['shapes', '--quick']);
    child.stdout!.destroy();
    const { code, error } = await ended;
    expect({ code, error }).toEqual({ code: 130, error: '' });
  });

  test('a model larger than the memory, with the needed and the free size', async () => {
    const model = writeSparseModel(pathOf('vast.gguf'));
    await expectFailure(
      ['modes', '--model', model],
      1,
      /^out_of_memory: .*vast\.gguf needs \d+ MiB.*are free/,
    );
  });
});

/** Writes a sparse file: a valid header of a model with terabytes of weights, but no weights. */
function writeSparseModel(path: string): string {
  const shape = {
    ...SMALL_LLAMA,
    hiddenSize: 65_536,
    ffnSize: 262_144,
    heads: 512,
    headDim: 128,
    layers: 16,
  };
  const { metadata, tensors } = createSyntheticModel(shape, 'F32');
  const { header, size } = createGgufLayout(metadata, tensors);
  writeFileSync(path, header);
  truncateSync(path, size);
  return path;
}

describe('quire lab with an experiment', () => {
  test('prints one JSON object with --json', async () => {
    const { code, output, error } = await runLab('modes', '--quick', '--json');
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(output.trimEnd()).not.toContain('\n');
    const result = resultSchema.parse(JSON.parse(output));
    expect(result).toMatchObject({ experiment: 'modes', status: 'complete' });
  });

  test('prints Chinese with --language zh', async () => {
    const { output } = await runLab('modes', '--quick', '--language', 'zh');
    expect(output).toContain('无缓存');
    expect(output).not.toContain('no cache');
  });

  test('writes a partial result when it is interrupted', async () => {
    const out = pathOf('interrupted');
    const { child, ended } = start(['modes', '--repetitions', '1000', '--out', out]);
    while (!existsSync(out)) await new Promise((resolve) => setTimeout(resolve, 50));
    await new Promise((resolve) => setTimeout(resolve, 5000));
    child.kill('SIGINT');
    const { code, error } = await ended;
    expect({ code, error }).toEqual({ code: 130, error: `${out}/index.html\n` });
    const result = resultSchema.parse(JSON.parse(readFileSync(join(out, 'modes.json'), 'utf8')));
    expect(result.status).toBe('interrupted');
    expect(readFileSync(join(out, 'index.html'), 'utf8')).toContain('Interrupted');
    expect(readdirSync(out).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});

describe('quire lab compare', () => {
  const timeResult = (...samples: number[]): LabResult =>
    labResult({
      metrics: [{ name: 'time', title: text('a time', '时间'), unit: 'ms', better: 'lower', samples }],
    });

  test('reports the changes between two results of one experiment', async () => {
    const files = [
      writeFile('before.json', timeResult(10, 11, 9, 10, 10)),
      writeFile('after.json', timeResult(5, 5.5, 4.5, 5, 5)),
    ];
    const { code, output, error } = await runLab('compare', ...files);
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(output).toMatch(/a time +ms +10 +5 +0\.5 .* better/);
    expect((await runLab('compare', ...files, '--language', 'zh')).output).toContain('变好');
    const after = timeResult(5, 5.5, 4.5, 5, 5);
    const oneThread = writeFile('one-thread.json', {
      ...after,
      conditions: { ...after.conditions, threads: 1 },
    });
    expect((await runLab('compare', files[0]!, oneThread)).output).toContain(
      'conditions that differ: Threads\n',
    );
    const { changes } = JSON.parse((await runLab('compare', ...files, '--json')).output) as {
      changes: object[];
    };
    expect(changes).toMatchObject([{ name: 'time', before: 10, after: 5, verdict: 'better' }]);
  });

  test('rejects results of different experiments and files that are not results', async () => {
    const [modes, waste] = [
      writeFile('modes.json', timeResult(1)),
      writeFile('waste.json', { ...timeResult(1), experiment: 'waste' }),
    ];
    const incomplete = writeFile('incomplete.json', { format: 'quire-lab/1' });
    await expectFailure(['compare', modes, waste], 2, /^bad_option: .*of modes, and .*of waste/);
    await expectFailure(
      ['compare', modes, incomplete],
      1,
      /^file_unreadable: .*incomplete\.json is not a usable result/,
    );
    await expectFailure(
      ['compare', modes, writeFile('words.json', 'words')],
      1,
      /^file_unreadable: .*words\.json/,
    );
    await expectFailure(['compare', modes, folder], 1, /^file_unreadable: /);
    await expectFailure(['compare', pathOf('none.json'), modes], 1, /^file_not_found: .*none\.json/);
  });
});

describe('quire lab render', () => {
  test('renders saved results again into another folder', async () => {
    const [source, target] = [pathOf('measured'), pathOf('rendered')];
    expect(await runLab('shapes', '--quick', '--out', source)).toMatchObject({ code: 0 });
    const saved = JSON.parse(readFileSync(join(source, 'shapes.json'), 'utf8')) as LabResult;
    const changed = { ...saved, title: text('Old title', '旧标题'), tables: [], charts: [], seen: [] };
    writeFileSync(join(source, 'shapes.json'), JSON.stringify(changed));
    const peers = labResult({ experiment: 'peers', title: text('Another engine', '另一引擎') });
    writeFileSync(join(source, 'peers.json'), JSON.stringify(peers));
    const { code, error } = await runLab('render', source, '--out', target);
    expect({ code, error }).toEqual({ code: 0, error: `${target}/index.html\n` });
    expect(JSON.parse(readFileSync(join(target, 'shapes.json'), 'utf8'))).toEqual(saved);
    expect(readdirSync(target)).toContain('shapes-computed.svg');
    const page = readFileSync(join(target, 'index.html'), 'utf8');
    expect(page).toContain('Another engine');
    expect(page).not.toContain('Old title');
  });

  const shapes = labResult({ experiment: 'shapes', data: { version: 1, values: {} } });
  test.each<[string, RegExp, object | string]>([
    [
      'without data',
      /^file_unreadable: .*shapes\.json .*no measured data; measure again/,
      labResult({ experiment: 'shapes' }),
    ],
    [
      'of another data version',
      /shapes\.json .*version 99, and version 1/,
      { ...shapes, data: { version: 99, values: {} } },
    ],
    ['with data of other types', /shapes\.json .*data\.values\./, shapes],
    ['of another experiment', /shapes\.json .*a result of modes/, labResult()],
    [
      'with a chart name that leaves the folder',
      /shapes\.json .*"\.\.\/x" is not a name/,
      {
        ...shapes,
        charts: [
          {
            name: '../x',
            kind: 'bars',
            title: text('', ''),
            x: { title: text('', '') },
            y: { title: text('', '') },
            series: [],
          },
        ],
      },
    ],
    ['that is not JSON', /shapes\.json /, 'words'],
  ])('fails for a result %s with an error that names the file', async (_name, line, contents) => {
    const source = mkdtempSync(join(folder, 'bad-'));
    writeFileSync(
      join(source, 'shapes.json'),
      typeof contents === 'string' ? contents : JSON.stringify(contents),
    );
    await expectFailure(['render', source], 1, line);
    expect(readdirSync(source)).toEqual(['shapes.json']);
  });

  test('fails for data whose lists have different lengths with an error that names the file', async () => {
    const source = mkdtempSync(join(folder, 'bad-'));
    const turn = { promptTokens: 2, cachedTokens: 1, diskTokens: 0, ttftMs: [1] };
    const chats = { none: [turn], reuse: [], restart: [], rewritten: [] };
    const values = { turns: 2, questionTokens: 1, answerTokens: 1, thoughtTokens: 1, chats };
    const turns = labResult({ experiment: 'turns', data: { version: 1, values } });
    writeFileSync(join(source, 'turns.json'), JSON.stringify(turns));
    await expectFailure(['render', source], 1, /^file_unreadable: .*turns\.json .*its data is inconsistent/);
  });

  test('fails for a folder without results and for a folder that does not exist', async () => {
    await expectFailure(['render', mkdtempSync(join(folder, 'empty-'))], 1, /^file_not_found: .*no results/);
    await expectFailure(['render', pathOf('missing')], 1, /^file_not_found: .*missing/);
  });
});
