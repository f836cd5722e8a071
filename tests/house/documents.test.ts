// Checks links and file names in documents and in comments: they must not name a file that was renamed or removed.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FILES = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(ROOT, path)));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const DOCUMENTS = FILES.filter((path) => path.endsWith('.md'));
const SOURCES = FILES.filter((path) => /\.(ts|tsx|js|cpp|h|py)$/.test(path));
/** Paths in folders of this repository; documents mention other paths as examples. */
const REPOSITORY_PATH = /^(?:src|tests|tools|native|web|docs|bench|examples|bin|models)\/[\w./-]*$/;
/** Parts of paths that stand for names chosen by the user, or that examples use. */
const PLACEHOLDER = /NAME|FILE|demo|clamp|plain|\*/;
const GENERATED = /^(?:native\/build|web\/dist|docs\/images)(?:\/|$)/;
/** Documents about history, which may name deleted files. */
const HISTORY = new Set(['CHANGELOG.md', 'docs/lab-notes.md']);

const withoutCode = (text: string): string => text.replace(/^```[\s\S]*?^```/gm, '');

/** Returns the anchors that GitHub generates for the headings of a document. */
function anchorsOf(path: string): ReadonlySet<string> {
  const headings = [...withoutCode(read(path)).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => title);
  return new Set(
    headings.map((title) =>
      title
        .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-'),
    ),
  );
}

function brokenLinks(path: string): string[] {
  const targets = [...withoutCode(read(path)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const [file = '', anchor] = target.split('#');
      const linked = file === '' ? path : normalize(join(dirname(path), decodeURIComponent(file)));
      if (!existsSync(join(ROOT, linked))) return true;
      return (
        anchor !== undefined && linked.endsWith('.md') && !anchorsOf(linked).has(decodeURIComponent(anchor))
      );
    });
}

const missingPaths = (path: string): string[] =>
  [...read(path).matchAll(/`([^`\s]+)`/g)]
    .map(([, code = '']) => code)
    .filter((code) => REPOSITORY_PATH.test(code) && !PLACEHOLDER.test(code) && !GENERATED.test(code))
    .filter((code) => !existsSync(join(ROOT, code)));

const KNOWN_NAMES = new Set([...FILES.map((path) => basename(path)), 'llama.cpp', 'ggml-common.h']);

/** Returns the file names in the comments of a source file that no file of the repository has. */
function unknownNames(path: string): string[] {
  const comment = path.endsWith('.py')
    ? /^\s*#.*$|"""[\s\S]*?"""/gm
    : /(?<=^|\s)\/\/.*$|\/\*\*[\s\S]*?\*\//gm;
  const comments = (read(path).match(comment) ?? []).join('\n');
  return [...comments.matchAll(/(?<![\w/.-])(?:[\w-]+\/)*([\w-]+\.(?:test\.)?(?:ts|tsx|cpp|h))(?!\w)/g)]
    .map(([, name = '']) => name)
    .filter((name) => !KNOWN_NAMES.has(name) && !PLACEHOLDER.test(name));
}

describe.each(DOCUMENTS)('%s', (path) => {
  it('links to documents, headings and files that exist', () => {
    expect(brokenLinks(path)).toEqual([]);
  });

  if (HISTORY.has(path)) return;
  it('names files and folders that exist', () => {
    expect(missingPaths(path)).toEqual([]);
  });
});

it('comments name files that exist', () => {
  const unknown = SOURCES.flatMap((path) => unknownNames(path).map((name) => `${path}: ${name}`));
  expect(unknown).toEqual([]);
});
