import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify from 'fastify';
import { expect, test } from 'vitest';
import { pageRoute } from './page-route.ts';

test('only files with a hash in their name may be cached for a year, even if the page is in a folder named assets', async () => {
  const temporary = mkdtempSync(join(tmpdir(), 'quire-page-'));
  const page = join(temporary, 'assets', 'page');
  mkdirSync(join(page, 'assets'), { recursive: true });
  writeFileSync(join(page, 'index.html'), '<!doctype html>');
  writeFileSync(join(page, 'assets', 'index-a1b2.js'), '');
  await using app = fastify();
  await pageRoute(app, page);
  const cacheControl = async (url: string) => (await app.inject(url)).headers['cache-control'];
  expect(await cacheControl('/')).toBe('no-cache');
  expect(await cacheControl('/assets/index-a1b2.js')).toMatch(/immutable/);
  rmSync(temporary, { recursive: true });
});
