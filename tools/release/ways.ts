// The ways in which users install and run Quire. Each installs the packages of a release from a local registry and uses them.

import { chmod, cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchPackage } from '../setup/fetch-package.js';
import { Installation, type SmokeResult } from './installation.ts';

const EXAMPLE = new URL('../../examples/next', import.meta.url);

export interface Setting {
  /** folder for the installations */
  readonly folder: string;
  /** folder of fetched packages */
  readonly cache: string;
  readonly env: NodeJS.ProcessEnv;
  /** the version that is released, and another one */
  readonly versions: readonly [string, string];
}

export interface Way {
  readonly name: string;
  /** Rejects if Quire does not work. */
  run(setting: Setting): Promise<void>;
}

const create = ({ folder, env }: Setting, name: string): Promise<Installation> =>
  Installation.create(folder, name, env);

async function installedByNpm(
  setting: Setting,
  name: string,
  ...options: readonly string[]
): Promise<Installation> {
  const installation = await create(setting, name);
  await installation.npm('install', 'quire-llm', ...options);
  return installation;
}

type Expected = Partial<Record<keyof SmokeResult, unknown>>;

/** Rejects if a result of smoke.js is not as expected: by default native kernels and a stored conversation. */
function check(result: SmokeResult, expected: Expected = {}): void {
  const problems = Object.entries({ backend: 'native', hasPage: true, ...expected })
    .filter(([name, value]) => result[name as keyof SmokeResult] !== value)
    .map(([name, value]) => `${name} is ${result[name as keyof SmokeResult]}, not ${String(value)}`);
  for (const name of ['text', 'answer'] as const)
    if (!result[name].includes('Paris')) problems.push(`${name} is ${JSON.stringify(result[name])}`);
  if (expected.continued === undefined && !(Number(result.continued) > 0))
    problems.push(`continued is ${result.continued}`);
  if (problems.length > 0) throw new Error(problems.join(', '));
}

const RUN = ['run', '--prompt', 'What is the capital of France?', '--temperature', '0', '--json'];

function checkRun(output: string): void {
  const { text, backend } = JSON.parse(output) as { text: string; backend: string };
  if (backend !== 'native' || !text.includes('Paris')) throw new Error(output);
}

const fetched = ({ cache }: Setting, name: string, version: string): Promise<string> =>
  fetchPackage(join(cache, 'release', `${name.replaceAll('/', '-')}-${version}`), name, version);

const node = async (setting: Setting, version: string): Promise<string> =>
  join(await fetched(setting, `node-${process.platform}-${process.arch}`, version), 'bin/node');

/** The oldest version that Quire supports, the maintained ones, and the newest. */
const NODE_VERSIONS = ['20.19.0', '22', '24', 'latest'];

const packageManager = (
  name: string,
  [pack, version, file]: readonly [string, string, string],
  add: readonly string[],
  runner?: readonly string[],
): Way => ({
  name,
  run: async (setting) => {
    const script = join(await fetched(setting, pack, version), file);
    const installation = await create(setting, name);
    await installation.run(process.execPath, [script, ...add]);
    check(await installation.smoke(runner === undefined ? undefined : [process.execPath, script, ...runner]));
  },
});

export const WAYS: readonly Way[] = [
  {
    name: 'npm',
    run: async (setting) => {
      const installation = await installedByNpm(setting, 'npm');
      check(await installation.smoke());
      checkRun(await installation.run(installation.path('node_modules/.bin/quire'), RUN));
    },
  },
  ...NODE_VERSIONS.map((version) => ({
    name: `npm, Node.js ${version}`,
    run: async (setting: Setting) => {
      const installation = await installedByNpm(setting, `node-${version}`);
      check(await installation.smoke([await node(setting, version)]));
    },
  })),
  {
    name: 'npm --omit=optional',
    run: async (setting) => {
      const installation = await installedByNpm(setting, 'omit', '--omit=optional');
      check(await installation.smoke([await node(setting, '24')]), { backend: 'wasm' });
      const output = await installation.run(installation.path('node_modules/.bin/quire'), RUN);
      if (!output.includes('Paris')) throw new Error(output);
    },
  },
  {
    name: 'npm --global',
    run: async (setting) => {
      const installation = await create(setting, 'global');
      await installation.npm('install', '--global', '--prefix', installation.path('prefix'), 'quire-llm');
      checkRun(await installation.run(installation.path('prefix/bin/quire'), RUN));
    },
  },
  {
    name: 'npx',
    run: async (setting) => {
      const installation = await create(setting, 'npx');
      checkRun(await installation.run('npx', ['--yes', 'quire-llm', ...RUN]));
    },
  },
  packageManager('pnpm', ['pnpm', '10', 'bin/pnpm.cjs'], ['add', 'quire-llm']),
  packageManager('yarn 1', ['yarn', '1', 'bin/yarn.js'], ['add', 'quire-llm']),
  packageManager(
    'yarn 4 with Plug and Play',
    ['@yarnpkg/cli-dist', '4', 'bin/yarn.js'],
    ['add', 'quire-llm'],
    ['node'],
  ),
  {
    name: 'read-only node_modules',
    run: async (setting) => {
      const installation = await installedByNpm(setting, 'read-only');
      await installation.run('chmod', ['-R', 'a-w', 'node_modules']);
      await chmod(installation.folder, 0o777); // for the data folder
      // Root may write everywhere.
      const isRoot = process.getuid?.() === 0;
      const user = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
      check(await installation.smoke([...user, process.execPath]));
    },
  },
  {
    name: 'two versions side by side',
    run: async (setting) => {
      const installation = await create(setting, 'two');
      const [first, second] = setting.versions.map((version) => `npm:quire-llm@${version}`);
      await installation.npm('install', `first@${first}`, `second@${second}`);
      check(await installation.smoke(undefined, ['first']));
      check(await installation.smoke(undefined, ['second']));
    },
  },
  {
    name: 'esbuild',
    run: async (setting) => {
      const installation = await installedByNpm(setting, 'esbuild');
      await installation.write(
        'app.mjs',
        `import { loadEngine } from 'quire-llm';
const engine = await loadEngine({ context: 64 });
console.log((await engine.generate({ prompt: 'What is the capital of France?', temperature: 0 }).result).text);
await engine.dispose();
`,
      );
      const esbuild = join(await fetched(setting, 'esbuild', '0.28'), 'bin/esbuild');
      const options = ['app.mjs', '--bundle', '--platform=node', '--format=esm'];
      await installation.run(esbuild, [...options, '--external:quire-llm', '--outfile=external.mjs']);
      const text = await installation.run(process.execPath, ['external.mjs']);
      if (!text.includes('Paris')) throw new Error(text);
      await installation.run(esbuild, [
        ...options,
        '--packages=bundle',
        '--external:pg',
        '--external:vega*',
        '--outfile=out/inside.mjs',
      ]);
      const error = await installation
        .run(process.execPath, ['out/inside.mjs'])
        .then(() => 'no error', String);
      if (!error.includes('declare quire-llm as an external package')) throw new Error(error);
    },
  },
  {
    name: 'Next.js',
    run: async (setting) => {
      const installation = await create(setting, 'next');
      await cp(EXAMPLE, installation.folder, { recursive: true });
      await installation.npm('install');
      await installation.run('npx', ['next', 'build'], { NEXT_TELEMETRY_DISABLED: '1' });
      await installation.write('ask.mjs', NEXT_CLIENT);
      const output = await installation.run(process.execPath, ['ask.mjs'], { NEXT_TELEMETRY_DISABLED: '1' });
      if (!output.includes('Paris')) throw new Error(output);
    },
  },
  {
    name: 'Bun',
    run: async (setting) => {
      const installation = await installedByNpm(setting, 'bun');
      const bun = join(await fetched(setting, '@oven/bun-linux-x64-baseline', '1'), 'bin/bun');
      check(await installation.smoke([bun]));
    },
  },
  {
    name: 'Deno',
    run: async (setting) => {
      const installation = await installedByNpm(setting, 'deno');
      const folder = await fetched(setting, '@deno/linux-x64-glibc', '2');
      const deno = join(folder, 'deno');
      await chmod(deno, 0o755);
      check(await installation.smoke([deno, 'run', '--allow-all']));
    },
  },
];

// Starts the built application, asks it once and ends it.
const NEXT_CLIENT = `import { spawn } from 'node:child_process';
const child = spawn(process.execPath, ['node_modules/next/dist/bin/next', 'start', '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
const url = await new Promise((resolve) => child.stdout.on('data', (text) => {
  const [found] = /http:\\/\\/localhost:\\d+/.exec(String(text)) ?? [];
  if (found) resolve(found);
}));
const response = await fetch(url + '/api/ask?question=' + encodeURIComponent('What is the capital of France?'));
console.log(await response.text());
child.kill();
`;
