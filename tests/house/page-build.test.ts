// The page is built for production, also when a test runner sets NODE_ENV: React's development build is half as large again
// and connects twice.

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const assets = new URL('../../web/dist/assets/', import.meta.url);

test('the scripts of the page do not contain React’s development build', () => {
  const scripts = readdirSync(assets).filter((name) => name.endsWith('.js'));
  expect(scripts.length).toBeGreaterThan(0);
  for (const name of scripts) {
    expect(readFileSync(new URL(name, assets), 'utf8')).not.toContain('Download the React DevTools');
  }
});
