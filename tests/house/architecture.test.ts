// Checks that the diagram of modules in docs/architecture.md matches the layer table: the table allows each arrow, and each
// import that the table allows is an arrow or a path of several arrows.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { MODULES } from '../../tools/layers.js';

const page = readFileSync(new URL('../../docs/architecture.md', import.meta.url), 'utf8');
const diagram = /```mermaid\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
const arrows = [...diagram.matchAll(/^\s*(\w+)(?:\[.*?\])? --> (\w+)/gm)].map(
  ([, from = '', to = '']) => [from, to] as const,
);

function reachableModules(from: string, found = new Set<string>()): ReadonlySet<string> {
  for (const [start, to] of arrows) {
    if (start !== from || found.has(to)) continue;
    found.add(to);
    reachableModules(to, found);
  }
  return found;
}

it('the diagram shows only imports that the layer table allows', () => {
  expect(arrows.length).toBeGreaterThan(20);
  expect(arrows.filter(([from, to]) => !MODULES[from]?.includes(to))).toEqual([]);
});

it('the diagram shows every import of the layer table as an arrow or as a path of arrows', () => {
  const missingNames = Object.entries(MODULES).flatMap(([from, imports]) =>
    imports.filter((to) => !reachableModules(from).has(to)).map((to) => `${from} --> ${to}`),
  );
  expect(missingNames).toEqual([]);
});
