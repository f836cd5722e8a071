// The drawing of modules in docs/architecture.md shows the layer table: each arrow is an import that the table allows, and
// each import of the table is an arrow or follows from several.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { MODULES } from '../../tools/layers.js';

const page = readFileSync(new URL('../../docs/architecture.md', import.meta.url), 'utf8');
const drawing = /```mermaid\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
const arrows = [...drawing.matchAll(/^\s*(\w+)(?:\[.*?\])? --> (\w+)/gm)].map(
  ([, from = '', to = '']) => [from, to] as const,
);

function reachable(from: string, found = new Set<string>()): ReadonlySet<string> {
  for (const [start, to] of arrows) {
    if (start !== from || found.has(to)) continue;
    found.add(to);
    reachable(to, found);
  }
  return found;
}

it('shows only imports that the layer table allows', () => {
  expect(arrows.length).toBeGreaterThan(20);
  expect(arrows.filter(([from, to]) => !MODULES[from]?.includes(to))).toEqual([]);
});

it('shows every module, and every import of the table directly or through others', () => {
  const missing = Object.entries(MODULES).flatMap(([from, imports]) =>
    imports.filter((to) => !reachable(from).has(to)).map((to) => `${from} --> ${to}`),
  );
  expect(missing).toEqual([]);
});
