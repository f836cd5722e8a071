// What must be true of a checkout that is released.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const VERSION = /^\d+\.\d+\.\d+(-[\w.]+)?$/;

/** Returns the reasons why the checkout in the folder `root` cannot be released. */
export async function releaseProblems(root: string): Promise<string[]> {
  const read = (name: string): Promise<string> => readFile(join(root, name), 'utf8');
  const { version } = JSON.parse(await read('package.json')) as { version: string };
  return [
    ...(VERSION.test(version) ? [] : [`package.json: ${version} is not a version`]),
    ...changelogProblems(await read('CHANGELOG.md'), version),
    ...lockfileProblems(await read('package-lock.json'), version),
    ...(await treeProblems(root)),
  ];
}

export function changelogProblems(changelog: string, version: string): string[] {
  const sections = new Map(
    changelog
      .split(/^## /m)
      .slice(1)
      .map((section) => [section.split('\n', 1)[0]!.trim().split(' ', 1)[0]!, section] as const),
  );
  const section = sections.get(version);
  if (section === undefined) {
    const hint = sections.has('Unreleased') ? ': name the section Unreleased after it' : '';
    return [`CHANGELOG.md has no section ${version}${hint}`];
  }
  return /^- /m.test(section) ? [] : [`CHANGELOG.md: the section ${version} has no entries`];
}

export function lockfileProblems(text: string, version: string): string[] {
  const lockfile = JSON.parse(text) as {
    readonly version: string;
    readonly packages: Readonly<
      Record<string, { readonly resolved?: string; readonly integrity?: string; readonly link?: boolean }>
    >;
  };
  const packages = Object.entries(lockfile.packages).filter(([path]) => path.startsWith('node_modules/'));
  return [
    ...(lockfile.version === version
      ? []
      : [`package-lock.json has the version ${lockfile.version}: run npm install`]),
    ...packages
      .filter(([, { integrity, link }]) => integrity === undefined && link !== true)
      .map(([path]) => `package-lock.json: ${path} has no checksum`),
    ...packages
      .filter(([, { resolved, link }]) => resolved !== undefined && link !== true)
      .map(([path]) => `package-lock.json: ${path} has a download address`),
  ];
}

async function treeProblems(root: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('git', ['status', '--porcelain'], { cwd: root });
  const changed = stdout.split('\n').filter(Boolean);
  return changed.length === 0
    ? []
    : [`${changed.length} files are not committed, such as ${changed[0]!.slice(3)}`];
}
