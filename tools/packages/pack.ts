// Packs the packages that npm installs: one for each platform, with its kernels and its SQLite, and `quire-llm`, which names
// them as optional dependencies.

import { createHash } from 'node:crypto';
import { copyFile, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { platformPackage } from '../../src/base/node/platform-packages.ts';
import { libsqlPackage } from '../../src/base/node/sqlite/libsql-binary.ts';
import { runQuietly } from '../setup/child.js';
import { PLATFORMS, type Platform } from './platforms.ts';
import { removeInternalTypes } from './public-types.ts';

interface Manifest {
  readonly version: string;
  readonly license: string;
  readonly files: readonly string[];
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>;
  readonly engines: Readonly<Record<string, string>>;
  readonly scripts?: unknown;
  readonly devDependencies?: unknown;
  readonly workspaces?: unknown;
}

/** Creates packages of a checkout in the folder `target`. `staging` is a folder for the files of a package. */
export class Packer {
  readonly #root: string;
  readonly #staging: string;
  readonly #target: string;
  readonly #version: string | undefined;

  /** @param version of the packages, if it is not that of the checkout */
  constructor(root: string, staging: string, target: string, version?: string) {
    this.#root = root;
    this.#staging = staging;
    this.#target = target;
    this.#version = version;
  }

  /** Packs the kernels of a platform. `addon` is the path of `quire.node`. */
  async packPlatform(platform: Platform, addon: string): Promise<void> {
    const { version, license, engines } = await this.#manifest();
    const bytes = await readFile(addon);
    const { os, cpu, libc } = platform;
    const libsql = libsqlPackage(platform.name);
    const manifest = {
      name: platformPackage(platform.name),
      version,
      description: `The kernels of quire-llm for ${platform.name}`,
      license,
      engines,
      os: [os],
      cpu: [cpu],
      ...(libc === undefined ? {} : { libc: [libc] }),
      ...(libsql === undefined ? {} : { dependencies: { [libsql]: await this.#libsqlVersion() } }),
      files: ['quire.node'],
      kernels: {
        file: 'quire.node',
        sha256: createHash('sha256').update(bytes).digest('hex'),
      },
    };
    const folder = await this.#newFolder(platform.name);
    await writeManifest(folder, manifest);
    const readme = `The compiled kernels of [quire-llm](https://www.npmjs.com/package/quire-llm) for ${platform.name}. npm installs this package with quire-llm.\n`;
    await writeFile(join(folder, 'README.md'), readme);
    await copyFile(addon, join(folder, 'quire.node'));
    await copyFile(join(this.#root, 'LICENSE'), join(folder, 'LICENSE')); // npm packs it although `files` does not name it
    await this.#pack(folder);
  }

  /** Packs `quire-llm`. The compiled modules and the page must be up to date. */
  async packMain(): Promise<void> {
    const { scripts, devDependencies, workspaces, ...manifest } = await this.#manifest();
    const folder = await this.#newFolder('quire-llm');
    for (const pattern of manifest.files) {
      if (pattern.startsWith('!')) continue;
      const path = pattern.replace(/\/\*[^/]*$/, ''); // npm applies the patterns to the copy
      await cp(join(this.#root, path), join(folder, path), { recursive: true });
    }
    await removeInternalTypes(folder, manifest.exports);
    const optionalDependencies = Object.fromEntries(
      PLATFORMS.map((platform) => [platformPackage(platform.name), manifest.version]),
    );
    // Yarn would leave the files in an archive, which threads and kernels cannot read.
    await writeManifest(folder, { ...manifest, optionalDependencies, preferUnplugged: true });
    await this.#pack(folder);
  }

  async #manifest(): Promise<Manifest> {
    const manifest = JSON.parse(await readFile(join(this.#root, 'package.json'), 'utf8')) as Manifest;
    return { ...manifest, version: this.#version ?? manifest.version };
  }

  // The binary must be that of the part of libsql in `dist`.
  async #libsqlVersion(): Promise<string> {
    const manifest = await readFile(join(this.#root, 'node_modules/libsql/package.json'), 'utf8');
    return (JSON.parse(manifest) as Manifest).version;
  }

  async #newFolder(name: string): Promise<string> {
    const folder = join(this.#staging, name);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    return folder;
  }

  async #pack(folder: string): Promise<void> {
    await mkdir(this.#target, { recursive: true });
    await runQuietly('npm', ['pack', '--ignore-scripts', '--pack-destination', this.#target], {
      cwd: folder,
    });
  }
}

const writeManifest = (folder: string, manifest: object): Promise<void> =>
  writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
