// A registry of npm on this machine, which holds the packages of a release and passes requests for others on.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { fetchPackage } from '../setup/fetch-package.js';

const VERSION = '~6.2'; // later ones need Node 22
const OVERRIDES = { 'node-fetch': '2' }; // it asks for the tag cjs, which mirrors of the registry may lack
const START_MS = 60_000;
const POLL_MS = 200;

export class LocalRegistry {
  readonly url: string;
  /** environment of package managers that use this registry, with a cache of their own */
  readonly env: NodeJS.ProcessEnv;
  readonly #child: ChildProcess;

  private constructor(url: string, folder: string, child: ChildProcess) {
    this.url = url;
    this.#child = child;
    const { npm_config_registry: _, ...env } = process.env;
    this.env = {
      ...env,
      npm_config_registry: url,
      npm_config_cache: join(folder, 'npm-cache'),
      npm_config_audit: 'false',
      npm_config_fund: 'false',
      npm_config_update_notifier: 'false',
      YARN_NPM_REGISTRY_SERVER: url,
      YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
      YARN_CACHE_FOLDER: join(folder, 'yarn-cache'),
      YARN_GLOBAL_FOLDER: join(folder, 'yarn'),
      YARN_NPM_MINIMAL_AGE_GATE: '0', // would reject packages that were published just now
      YARN_ENABLE_TELEMETRY: '0',
      YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
    };
  }

  /** @param folder for its packages @param cache where Verdaccio is installed */
  static async start(folder: string, cache: string): Promise<LocalRegistry> {
    const verdaccio = await fetchPackage(join(cache, 'verdaccio'), 'verdaccio', VERSION, OVERRIDES);
    await mkdir(folder, { recursive: true });
    const config = join(folder, 'config.yaml');
    await writeFile(config, configText(join(folder, 'storage'), await upstream()));
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/`;
    const child = spawn(
      process.execPath,
      [join(verdaccio, 'bin/verdaccio'), '--config', config, '--listen', `127.0.0.1:${port}`],
      { stdio: 'ignore' },
    );
    const registry = new LocalRegistry(url, folder, child);
    await registry.#answers();
    return registry;
  }

  async publish(tarball: string): Promise<void> {
    const token = `--${this.url.slice('http:'.length)}:_authToken=local`;
    await promisify(execFile)('npm', ['publish', tarball, token, '--provenance=false', '--tag', 'latest'], {
      env: this.env,
    });
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const closeEvent = once(this.#child, 'close');
    this.#child.kill();
    await closeEvent;
  }

  async #answers(): Promise<void> {
    for (const deadline = performance.now() + START_MS; performance.now() < deadline; await sleep(POLL_MS)) {
      if (this.#child.exitCode !== null) break;
      const response = await fetch(`${this.url}-/ping`).catch(() => undefined);
      if (response?.ok) return;
    }
    await this.stop();
    throw new Error('the local registry did not start');
  }
}

const upstream = async (): Promise<string> =>
  (await promisify(execFile)('npm', ['config', 'get', 'registry'])).stdout.trim();

const configText = (storage: string, url: string): string => `
storage: ${JSON.stringify(storage)}
max_body_size: 100mb
uplinks:
  upstream: { url: ${JSON.stringify(url)}, timeout: 120s }
packages:
  'quire-llm': { access: $all, publish: $all }
  '@quire-llm/*': { access: $all, publish: $all }
  '**': { access: $all, proxy: upstream }
log: { type: stdout, level: error }
`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
