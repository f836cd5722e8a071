// Checks that the page contains the production build of React, even if a test runner has set NODE_ENV, and the licenses of its
// packages. The development build is 1.5 times as large and makes the page connect twice.

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const assets = new URL('../../web/dist/assets/', import.meta.url);

test('the scripts of the page do not contain the development build of React', () => {
  const scripts = readdirSync(assets).filter((name) => name.endsWith('.js'));
  expect(scripts.length).toBeGreaterThan(0);
  for (const name of scripts) {
    expect(readFileSync(new URL(name, assets), 'utf8')).not.toContain('Download the React DevTools');
  }
});

test('the page contains the licenses of its packages', () => {
  const licenses = readFileSync(new URL('../licenses.md', assets), 'utf8');
  for (const name of ['react', 'react-dom', 'katex', 'highlight.js', 'micromark'])
    expect(licenses).toContain(`\n## ${name} - `);
});
