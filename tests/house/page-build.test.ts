// The page that set-up builds, also when a test runner's NODE_ENV is around: React's development build is
// half as large again, and connects twice.

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const assets = new URL('../../web/dist/assets/', import.meta.url);

test('the page is built for production', () => {
  const scripts = readdirSync(assets).filter((name) => name.endsWith('.js'));
  expect(scripts.length).toBeGreaterThan(0);
  for (const name of scripts) {
    expect(readFileSync(new URL(name, assets), 'utf8')).not.toContain('Download the React DevTools');
  }
});
