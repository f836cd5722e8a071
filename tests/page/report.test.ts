// Tests a report of `quire lab` in a browser: it loads no other files, and works in both languages and both colour schemes.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findExperiment } from '../../src/lab/experiments.ts';
import { LabBench } from '../../src/lab/lab-bench.ts';
import { ResultFolder } from '../../src/lab/result-folder.ts';
import { runExperiment } from '../../src/lab/run-experiment.ts';
import { describeInBrowser } from './describe-in-browser.ts';

describeInBrowser('a report of quire lab', (fixture) => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quire-report-'));
    await using bench = new LabBench({ quick: true });
    const report = await ResultFolder.open(folder, 'en');
    await report.add(await runExperiment(findExperiment('modes'), bench));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  async function open(colorScheme: 'light' | 'dark'): Promise<{ page: Page; consoleErrors: string[] }> {
    const page = await fixture.browser.newPage({ colorScheme });
    const consoleErrors: string[] = [];
    page.on('console', (message) => consoleErrors.push(message.text()));
    page.on('pageerror', (error) => consoleErrors.push(String(error)));
    page.on('request', (request) => {
      if (!request.url().startsWith(pathToFileURL(folder).href)) consoleErrors.push(request.url());
    });
    await page.goto(pathToFileURL(join(folder, 'index.html')).href);
    return { page, consoleErrors };
  }

  test('shows one language at a time, and sends no requests', async () => {
    const { page, consoleErrors } = await open('light');
    const heading = page.getByRole('heading', { level: 1 });
    expect(await heading.allTextContents()).toHaveLength(1);
    expect(await heading.textContent()).toMatch(/KV cache/);
    expect(await page.locator('figure svg:visible').count()).toBe(2);
    await page.getByRole('button', { name: '中文' }).click();
    expect(await heading.textContent()).toMatch(/缓存/);
    expect(await page.locator('figure svg:visible').count()).toBe(2);
    expect(consoleErrors).toEqual([]);
    await page.close();
  });

  test('has enough contrast in light and dark mode', async () => {
    for (const scheme of ['light', 'dark'] as const) {
      const { page } = await open(scheme);
      const colours = await page.evaluate<string[]>(
        `[getComputedStyle(document.body).backgroundColor,
          getComputedStyle(document.querySelector('figure div[lang=en] svg text')).fill]`,
      );
      const [background, text] = colours.map(brightness) as [number, number];
      expect(Math.abs(background - text)).toBeGreaterThan(120);
      expect(background > text).toBe(scheme === 'light');
      await page.close();
    }
  });

  test('expands its tables for printing', async () => {
    const { page } = await open('light');
    const closedTables = () => page.locator('details:not([open])').count();
    await page.evaluate(`for (const details of document.querySelectorAll('details')) details.open = false`);
    expect(await closedTables()).toBeGreaterThan(0);
    expect((await page.pdf()).byteLength).toBeGreaterThan(10_000);
    expect(await closedTables()).toBe(0);
    await page.close();
  });
});

function brightness(colour: string): number {
  const numbers = colour.match(/\d+/g)!.slice(0, 3).map(Number);
  return numbers.reduce((sum, value) => sum + value, 0) / 3;
}
