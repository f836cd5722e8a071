// `quire lab` as a shell sees it: its list, its errors, its output, and the files it writes, also when it is interrupted.

import { existsSync, mkdtempSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { createGgufLayout } from '../../src/formats/gguf/writer.ts';
import { EXPERIMENTS } from '../../src/lab/experiments.ts';
import { SMALL_LLAMA } from '../../src/lab/lab-bench.ts';
import { type LabResult, resultSchema } from '../../src/lab/result.ts';
import { text } from '../../src/lab/text.ts';
import { syntheticModel } from '../../src/models/synthetic/synthetic-model.ts';
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
const lab = (...args: string[]): Promise<QuireResult> => start(args).ended;

const folder = temporaryFolder('cli-lab');
const at = (name: string): string => join(folder, name);

function file(name: string, contents: unknown): string {
  writeFileSync(at(name), typeof contents === 'string' ? contents : JSON.stringify(contents));
  return at(name);
}

beforeAll(buildQuire, 180_000);

describe('without arguments', () => {
  test('lists the experiments with their questions in the requested language', async () => {
    const { code, output, error } = await lab();
    expect({ code, error }).toEqual({ code: 0, error: '' });
    for (const { name, texts } of EXPERIMENTS)
      expect(output).toMatch(new RegExp(`^${name} +${texts.question.en.slice(0, -1)}`, 'm'));
    expect((await lab('--language', 'zh')).output).toContain(EXPERIMENTS[0]!.texts.question.zh);
  });
});

const expectFailure = (args: readonly string[], exitCode: 1 | 2, line: RegExp): Promise<void> =>
  expectErrorLine(lab(...args), exitCode, line);

describe('the command ends with one error line for', () => {
  test.each<[string, 1 | 2, RegExp, string[]]>([
    ['an unknown experiment', 2, /^bad_option: .*"mode"; did you mean modes\?/, ['mode']],
    [
      'a text beyond the context',
      2,
      /^bad_option: .*999999 tokens.*to 1008/,
      ['modes', '--lengths', '999999'],
    ],
    [
      'lengths that are not numbers',
      2,
      /^bad_option: .*--lengths.*whole number/,
      ['modes', '--lengths', '16,x'],
    ],
    [
      'no repetitions',
      2,
      /^bad_option: repetitions must be a whole number from 1 to 1000, got 0; /,
      ['modes', '--repetitions', '0'],
    ],
    ['peers, which another program measures', 2, /^bad_option: peers .*; run npm run bench:peers/, ['peers']],
    ['an unknown language', 2, /^bad_option: .*--language/, ['modes', '--language', 'fr']],
    ['a model that is missing', 1, /^file_not_found: .*none\.gguf/, ['modes', '--model', 'none.gguf']],
  ])('%s', async (_name, exitCode, line, args) => {
    await expectFailure(args, exitCode, line);
  });

  test('a folder that cannot be created, before it measures', async () => {
    const out = join(file('plain', 'a file'), 'results');
    await expectFailure(['all', '--out', out], 1, /^file_not_writable: .*plain/);
  });

  test('a damaged result in the folder, before it measures or overwrites', async () => {
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

  test('a model larger than the memory, with both sizes', async () => {
    const model = hollowModel(at('vast.gguf'));
    await expectFailure(
      ['modes', '--model', model],
      1,
      /^out_of_memory: .*vast\.gguf needs \d+ MiB.*are free/,
    );
  });
});

/** Writes a sparse file: the header of a model with terabytes of weights. */
function hollowModel(path: string): string {
  const shape = {
    ...SMALL_LLAMA,
    hiddenSize: 65_536,
    ffnSize: 262_144,
    heads: 512,
    headDim: 128,
    layers: 16,
  };
  const { metadata, tensors } = syntheticModel(shape, 'F32');
  const { header, size } = createGgufLayout(metadata, tensors);
  writeFileSync(path, header);
  truncateSync(path, size);
  return path;
}

describe('an experiment', () => {
  test('prints one object with --json', async () => {
    const { code, output, error } = await lab('modes', '--quick', '--json');
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(output.trimEnd()).not.toContain('\n');
    const result = resultSchema.parse(JSON.parse(output));
    expect(result).toMatchObject({ experiment: 'modes', status: 'complete' });
  });

  test('prints Chinese with --language zh', async () => {
    const { output } = await lab('modes', '--quick', '--language', 'zh');
    expect(output).toContain('无缓存');
    expect(output).not.toContain('no cache');
  });

  test('writes its partial result when it is interrupted', async () => {
    const out = at('interrupted');
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

describe('compare', () => {
  const timed = (...samples: number[]): LabResult =>
    labResult({
      metrics: [{ name: 'time', title: text('a time', '时间'), unit: 'ms', better: 'lower', samples }],
    });

  test('reports the changes between two results of one experiment', async () => {
    const files = [
      file('before.json', timed(10, 11, 9, 10, 10)),
      file('after.json', timed(5, 5.5, 4.5, 5, 5)),
    ];
    const { code, output, error } = await lab('compare', ...files);
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(output).toMatch(/a time +ms +10 +5 +0\.5 .* better/);
    expect((await lab('compare', ...files, '--language', 'zh')).output).toContain('变好');
    const other = timed(5, 5.5, 4.5, 5, 5);
    const fewer = file('fewer.json', { ...other, conditions: { ...other.conditions, threads: 1 } });
    expect((await lab('compare', files[0]!, fewer)).output).toContain('conditions that differ: Threads\n');
    const { changes } = JSON.parse((await lab('compare', ...files, '--json')).output) as {
      changes: object[];
    };
    expect(changes).toMatchObject([{ name: 'time', before: 10, after: 5, verdict: 'better' }]);
  });

  test('refuses results of different experiments and files that are not results', async () => {
    const [modes, other] = [
      file('modes.json', timed(1)),
      file('other.json', { ...timed(1), experiment: 'waste' }),
    ];
    const no = file('no.json', { format: 'quire-lab/1' });
    await expectFailure(['compare', modes, other], 2, /^bad_option: .*of modes, and .*of waste/);
    await expectFailure(['compare', modes, no], 1, /^file_unreadable: .*no\.json is not a usable result/);
    await expectFailure(
      ['compare', modes, file('words.json', 'words')],
      1,
      /^file_unreadable: .*words\.json/,
    );
    await expectFailure(['compare', modes, folder], 1, /^file_unreadable: /);
    await expectFailure(['compare', at('none.json'), modes], 1, /^file_not_found: .*none\.json/);
  });
});

describe('render', () => {
  test('renders saved results again, also into another folder', async () => {
    const [from, to] = [at('measured'), at('rendered')];
    expect(await lab('shapes', '--quick', '--out', from)).toMatchObject({ code: 0 });
    const saved = JSON.parse(readFileSync(join(from, 'shapes.json'), 'utf8')) as LabResult;
    const reworded = { ...saved, title: text('Old title', '旧标题'), tables: [], charts: [], seen: [] };
    writeFileSync(join(from, 'shapes.json'), JSON.stringify(reworded));
    const peers = labResult({ experiment: 'peers', title: text('Another engine', '另一引擎') });
    writeFileSync(join(from, 'peers.json'), JSON.stringify(peers));
    const { code, error } = await lab('render', from, '--out', to);
    expect({ code, error }).toEqual({ code: 0, error: `${to}/index.html\n` });
    expect(JSON.parse(readFileSync(join(to, 'shapes.json'), 'utf8'))).toEqual(saved);
    expect(readdirSync(to)).toContain('shapes-computed.svg');
    const page = readFileSync(join(to, 'index.html'), 'utf8');
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
    ['that is no JSON', /shapes\.json /, 'words'],
  ])('a result %s is an error that names the file', async (_name, line, contents) => {
    const from = mkdtempSync(join(folder, 'bad-'));
    writeFileSync(
      join(from, 'shapes.json'),
      typeof contents === 'string' ? contents : JSON.stringify(contents),
    );
    await expectFailure(['render', from], 1, line);
    expect(readdirSync(from)).toEqual(['shapes.json']);
  });

  test('data whose lists have different lengths is an error that names the file', async () => {
    const from = mkdtempSync(join(folder, 'bad-'));
    const turn = { promptTokens: 2, cachedTokens: 1, diskTokens: 0, ttftMs: [1] };
    const chats = { none: [turn], reuse: [], restart: [], rewritten: [] };
    const values = { turns: 2, questionTokens: 1, answerTokens: 1, thoughtTokens: 1, chats };
    const turns = labResult({ experiment: 'turns', data: { version: 1, values } });
    writeFileSync(join(from, 'turns.json'), JSON.stringify(turns));
    await expectFailure(['render', from], 1, /^file_unreadable: .*turns\.json .*its data is inconsistent/);
  });

  test('a folder without results, and a folder that does not exist', async () => {
    await expectFailure(['render', mkdtempSync(join(folder, 'empty-'))], 1, /^file_not_found: .*no results/);
    await expectFailure(['render', at('missing')], 1, /^file_not_found: .*missing/);
  });
});
