// Tests the package as users install it: packed, installed into an empty folder without install scripts, and used from
// TypeScript, from CommonJS and as a command.

import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../support/fixtures.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const INSTALL_TIMEOUT_MS = 240_000;
const RUN_TIMEOUT_MS = 60_000;

const folder = temporaryFolder('package');

async function run(command: string, args: readonly string[], timeout = RUN_TIMEOUT_MS): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, { cwd: folder, timeout });
  return stdout;
}

beforeAll(async () => {
  await writeFile(join(folder, 'package.json'), '{ "name": "user", "private": true }');
  await promisify(execFile)('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: ROOT });
  const [tarball] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  const installOptions = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  await run('npm', ['install', ...installOptions, `./${tarball}`], INSTALL_TIMEOUT_MS);
}, INSTALL_TIMEOUT_MS);

// A program that loads two engines and uses a conversation.
const PROGRAM = `import { createConversation, loadEngine, QuireError } from 'quire-llm';

const engine = await loadEngine({ context: 256 });
const other = await loadEngine({ context: 128, cache: 'contiguous' });
const conversation = createConversation(engine);
const { text }: { text: string } = await conversation.send('What is the capital of France?', { temperature: 0 }).result;
const direct = await other.generate({ prompt: 'What is the capital of France?', temperature: 0 }).result;
await Promise.all([engine.dispose(), other.dispose()]);
const after = await engine.generate({ prompt: 'x' }).result.catch((error: unknown) => error);
console.log(JSON.stringify([text, direct.text, after instanceof QuireError && after.code]));
`;

// A program that tokenizes text and renders prompts without a model.
const TOKENIZE = `import { createChatTemplate, createTokenizer, openTokenizer, QuireError, type Tokenizer, type TokenizerData } from 'quire-llm';

const data: TokenizerData = await openTokenizer('node_modules/quire-llm/models/embedded');
const tokenizer: Tokenizer = createTokenizer(data);
const template = createChatTemplate(data, tokenizer);
const ids = tokenizer.encode('Hello <|im_end|>');
const { text } = template.encode([{ role: 'user', content: 'Hello' }]);
const missing = await openTokenizer('none.gguf').catch((error: unknown) => error);
console.log(JSON.stringify([
  ids.length, tokenizer.decode(ids), template.render([{ role: 'user', content: 'Hello' }]), text,
  missing instanceof QuireError && missing.code,
]));
`;

const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
const compilerOptions = { module: 'nodenext', target: 'es2022', strict: true, types: [] };

describe('the installed package', () => {
  it('provides types for a TypeScript program', async () => {
    await writeFile(join(folder, 'program.mts'), PROGRAM);
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    await run(process.execPath, [tsc, '-p', '.']);
    const answers = JSON.parse(await run(process.execPath, ['program.mjs'])) as string[];
    expect(answers[0]).toContain('Paris');
    expect(answers).toEqual([answers[0], answers[0], 'disposed']);
  });

  it('tokenizes and renders a chat template without loading a model', async () => {
    await writeFile(join(folder, 'tokenize.mts'), TOKENIZE);
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    await run(process.execPath, [tsc, '-p', '.']);
    const [tokenCount, decoded, rendering, text, code] = JSON.parse(
      await run(process.execPath, ['tokenize.mjs']),
    );
    expect(tokenCount).toBeGreaterThan(2);
    expect(decoded).toBe('Hello <|im_end|>');
    expect(rendering).toBe('<|user|>Hello<|end|><|assistant|>');
    expect(text).toBe(rendering);
    expect(code).toBe('file_not_found');
  });

  it('reads model files', async () => {
    const program = `import { openGguf, openModelFile } from 'quire-llm/formats';
const model = await openModelFile('node_modules/quire-llm/models/embedded');
console.log(model.config.architecture, typeof openGguf);
await model.close();
`;
    await writeFile(join(folder, 'formats.mjs'), program);
    expect(await run(process.execPath, ['formats.mjs'])).toBe('llama function\n');
  });

  it('exports engines that support `await using`', async () => {
    const program = `import { loadEngine } from 'quire-llm';
const engine = await loadEngine({ context: 64 });
console.log(typeof engine[Symbol.asyncDispose]);
await engine[Symbol.asyncDispose]();
`;
    await writeFile(join(folder, 'dispose.mjs'), program);
    expect(await run(process.execPath, ['dispose.mjs'])).toBe('function\n');
  });

  it('can be required from CommonJS, because no module has a top-level await', async () => {
    const program = `const { loadEngine } = require('quire-llm');
loadEngine({ context: 64 }).then(async (engine) => {
  const { text } = await engine.generate({ prompt: 'Hello', temperature: 0, maxTokens: 3 }).result;
  await engine.dispose();
  console.log(typeof text);
});
`;
    await writeFile(join(folder, 'program.cjs'), program);
    expect(await run(process.execPath, ['program.cjs'])).toBe('string\n');
  });

  it('installs the command quire', async () => {
    const quire = join(folder, 'node_modules/.bin/quire');
    const args = ['run', '--prompt', 'What is the capital of France?', '--temperature', '0', '--json'];
    expect(JSON.parse(await run(quire, args))).toMatchObject({ backend: 'reference' });
    expect(await run(quire, ['--help'])).toContain('synth');
  });

  it('contains no sources and no tests, and each dependency is a version or a range of versions', async () => {
    const files = (await readdir(join(folder, 'node_modules/quire-llm'), { recursive: true })).map(String);
    expect(files.filter((file) => /\.test\.|(^|\/)(src|tests|tools)\//.test(file))).toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining(['README.md', 'LICENSE', 'docs/http-api.md', 'dist/index.d.ts', 'bin/quire.js']),
    );
    const { dependencies } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    for (const range of Object.values(dependencies)) expect(range).toMatch(/^\^?~?\d/);
  });
});
