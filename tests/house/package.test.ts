// Tests the package as users install it: packed, installed into an empty folder without install scripts, and used from
// TypeScript, from CommonJS and as a command.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { Packer } from '../../tools/packages/pack.ts';
import { PLATFORMS } from '../../tools/packages/platforms.ts';
import { BUNDLED_PACKAGES } from '../../tools/setup/bundled-packages.js';
import { ROOT } from '../support/fixtures.ts';
import { describeWith, needsCompiled } from '../support/needs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const INSTALL_TIMEOUT_MS = 240_000;
const RUN_TIMEOUT_MS = 60_000;

const folder = temporaryFolder('package');
const packer = new Packer(ROOT, temporaryFolder('staging'), folder);

async function run(command: string, args: readonly string[], timeout = RUN_TIMEOUT_MS): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, { cwd: folder, timeout });
  return stdout;
}

beforeAll(async () => {
  await writeFile(join(folder, 'package.json'), '{ "name": "user", "private": true }');
  await packer.packMain();
  await install(/^quire-llm-\d/);
}, INSTALL_TIMEOUT_MS);

async function install(tarballName: RegExp): Promise<void> {
  const [tarball] = (await readdir(folder)).filter((name) => tarballName.test(name) && name.endsWith('.tgz'));
  const options = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  await run('npm', ['install', ...options, `./${tarball}`], INSTALL_TIMEOUT_MS);
}

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

interface Manifest {
  readonly peerDependencies: Readonly<Record<string, string>>;
}

/** Returns the packages that a compiled module or a declaration imports. Imports in comments are not at the start of a line. */
const importedPackages = (text: string): string[] =>
  [
    ...text.matchAll(/^(?:import|export)\b[^;]*?from\s*["']([^"'.][^"']*)["']/gm),
    ...text.matchAll(/^[^*/]*?\bimport\(["']([^"'.][^"']*)["']\)/gm),
    ...text.matchAll(/^[^*/]*?\b__require\(["']([^"'.][^"']*)["']\)/gm),
  ].map(([, name]) =>
    name!
      .split('/')
      .slice(0, name!.startsWith('@') ? 2 : 1)
      .join('/'),
  );

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
    expect(JSON.parse(await run(quire, args))).toMatchObject({ backend: 'wasm' });
    expect(await run(quire, ['--help'])).toContain('synth');
  });

  it.each([
    ['charts', ['lab', 'turns', '--quick', '--out', 'lab'], 'npm install vega@6 vega-lite@6.4'],
    ['PostgreSQL', ['serve', '--database', 'postgres://nobody@127.0.0.1/none'], 'npm install pg@8'],
  ])('does not contain the packages for %s, and says how to install them', async (_, args, command) => {
    const error = await run(join(folder, 'node_modules/.bin/quire'), args).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 2, stderr: expect.stringMatching(/^missing_package: .*/) });
    expect(error).toMatchObject({ stderr: expect.stringContaining(command) });
    expect(existsSync(join(folder, 'lab'))).toBe(false);
  });

  it('imports only Node and packages that npm installs, or that are optional', async () => {
    const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Manifest;
    const known = Object.keys(manifest.peerDependencies);
    const dist = join(folder, 'node_modules/quire-llm/dist');
    const files = (await readdir(dist, { recursive: true })).filter((name) => /\.(js|d\.ts)$/.test(name));
    const unknown = new Set<string>();
    for (const file of files)
      for (const name of importedPackages(await readFile(join(dist, file), 'utf8')))
        if (!isBuiltin(name) && !known.includes(name)) unknown.add(`${file}: ${name}`);
    expect(files.length).toBeGreaterThan(50);
    expect([...unknown]).toEqual([]);
  });

  it('is described by docs/dependencies.md', async () => {
    const { peerDependencies } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Manifest;
    const text = await readFile(join(ROOT, 'docs/dependencies.md'), 'utf8');
    for (const name of [...BUNDLED_PACKAGES, ...Object.keys(peerDependencies)])
      expect(text).toContain(`\`${name}\``);
    for (const [name, version] of Object.entries(peerDependencies))
      expect(text).toContain(`${name}@${version}`);
  });

  it('contains no sources and no tests, and each dependency is a version or a range of versions', async () => {
    const files = (await readdir(join(folder, 'node_modules/quire-llm'), { recursive: true })).map(String);
    expect(files.filter((file) => /\.test\.|(^|\/)(src|tests|tools)\//.test(file))).toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining(['README.md', 'LICENSE', 'docs/http-api.md', 'dist/index.d.ts', 'bin/quire.js']),
    );
    const { peerDependencies } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Manifest;
    for (const range of Object.values(peerDependencies)) expect(range).toMatch(/^\^?~?\d/);
  });
});

// Runs after the other tests, because it adds a package.
describeWith(needsCompiled(), 'the installed package with the package for this platform', () => {
  const platform = PLATFORMS.find(({ os, cpu }) => os === process.platform && cpu === process.arch)!;
  const name = `@quire-llm/${platform.name}`;
  const kernels = join(folder, 'node_modules', name, 'quire.node');
  const answer = async (env: Record<string, string> = {}): Promise<{ json: unknown; warnings: string }> => {
    const args = ['run', '--prompt', 'What is the capital of France?', '--temperature', '0', '--json'];
    const options = { cwd: folder, timeout: RUN_TIMEOUT_MS, env: { ...process.env, ...env } };
    const { stdout, stderr } = await promisify(execFile)('node_modules/.bin/quire', args, options);
    return { json: JSON.parse(stdout), warnings: stderr };
  };
  const doctor = async (): Promise<{ kernels: unknown; sqlite: unknown; problems: { code: string }[] }> => {
    const quire = join(folder, 'node_modules/.bin/quire');
    const { stdout } = await promisify(execFile)(quire, ['doctor', '--json'], { cwd: folder }).catch(
      (error: { stdout: string }) => error, // exits with 1 if there are problems
    );
    return JSON.parse(stdout);
  };

  it('says that the kernels are missing, and what to do, before the package is installed', async () => {
    const { json, warnings } = await answer();
    expect(json).toMatchObject({ backend: 'wasm' });
    expect(warnings).toMatch(
      `slow_backend: Quire Embedded runs on the wasm backend, which is slower than the native one, because the package ${name} is not installed`,
    );
    const { sqlite, problems } = await doctor();
    expect(problems.map(({ code }) => code)).toContain('slow_backend');
    // npm installs the binary of libsql with the package for the platform.
    expect(sqlite).toMatchObject({ reason: expect.stringContaining('@libsql/') });
  });

  it(
    'uses the kernels of the package, without a compiler in PATH',
    async () => {
      await packer.packPlatform(platform, join(ROOT, 'native/build/quire.node'));
      await install(/^quire-llm-[a-z]/);
      const { json, warnings } = await answer({ PATH: dirname(process.execPath) });
      expect(json).toMatchObject({ backend: 'native', text: expect.stringContaining('Paris') });
      expect(warnings).toBe('');
      const { kernels: found, sqlite, problems } = await doctor();
      expect(sqlite).toEqual({ library: 'libsql' });
      expect(found).toMatchObject({ backend: 'native', origin: name, notUsed: [] });
      expect(problems.map(({ code }) => code)).not.toContain('slow_backend');
    },
    INSTALL_TIMEOUT_MS,
  );

  it('takes less than 30 MB with all that npm installs', async () => {
    const modules = join(folder, 'node_modules');
    const names = await readdir(modules, { recursive: true, withFileTypes: true });
    const files = names.filter((entry) => entry.isFile());
    const sizes = await Promise.all(
      files.map(async (entry) => (await stat(join(entry.parentPath, entry.name))).blocks),
    );
    expect(sizes.reduce((sum, blocks) => sum + blocks * 512, 0)).toBeLessThan(30e6);
  });

  it('answers with WebAssembly, and warns, if the file of the kernels was shortened', async () => {
    await truncate(kernels, 100_000);
    const { json, warnings } = await answer();
    expect(json).toMatchObject({ backend: 'wasm', text: expect.stringContaining('Paris') });
    expect(warnings).toMatch(`the kernels of ${name} cannot be used`);
    expect((await doctor()).problems.map(({ code }) => code)).toContain('broken_kernels');
  });
});
