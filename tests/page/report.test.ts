// A report of the laboratory in a real browser: it needs nothing but itself, in both languages, in light and dark.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findExperiment } from '../../src/lab/experiments.ts';
import { LabBench } from '../../src/lab/lab-bench.ts';
import { ResultFolder } from '../../src/lab/result-folder.ts';
import { runExperiment } from '../../src/lab/run-experiment.ts';
import { describeWith, needsChromium } from '../support/needs.ts';
import { launchBrowser } from './chat-page.ts';

describeWith(needsChromium(), 'a report', (chromium) => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    browser = await launchBrowser(chromium);
    folder = await mkdtemp(join(tmpdir(), 'quire-report-'));
    await using bench = new LabBench({ quick: true });
    const report = await ResultFolder.open(folder, 'en');
    await report.add(await runExperiment(findExperiment('modes'), bench));
  });

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true });
  });

  async function open(colorScheme: 'light' | 'dark'): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage({ colorScheme });
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => {
      if (!request.url().startsWith(pathToFileURL(folder).href)) complaints.push(request.url());
    });
    await page.goto(pathToFileURL(join(folder, 'index.html')).href);
    return { page, complaints };
  }

  test('shows one language, then the other, and asks nothing of any host', async () => {
    const { page, complaints } = await open('light');
    const heading = page.getByRole('heading', { level: 1 });
    expect(await heading.allTextContents()).toHaveLength(1);
    expect(await heading.textContent()).toMatch(/KV cache/);
    expect(await page.locator('figure svg:visible').count()).toBe(2);
    await page.getByRole('button', { name: '中文' }).click();
    expect(await heading.textContent()).toMatch(/缓存/);
    expect(await page.locator('figure svg:visible').count()).toBe(2);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('has words and charts that stand out from the page in light and dark', async () => {
    for (const scheme of ['light', 'dark'] as const) {
      const { page } = await open(scheme);
      const colours = await page.evaluate<string[]>(
        `[getComputedStyle(document.body).backgroundColor,
          getComputedStyle(document.querySelector('figure div[lang=en] svg text')).fill]`,
      );
      const [paper, ink] = colours.map(brightness) as [number, number];
      expect(Math.abs(paper - ink)).toBeGreaterThan(120);
      expect(paper > ink).toBe(scheme === 'light');
      await page.close();
    }
  });

  test('opens its tables for a printer', async () => {
    const { page } = await open('light');
    const closed = () => page.locator('details:not([open])').count();
    await page.evaluate(`for (const one of document.querySelectorAll('details')) one.open = false`);
    expect(await closed()).toBeGreaterThan(0);
    expect((await page.pdf()).byteLength).toBeGreaterThan(10_000);
    expect(await closed()).toBe(0);
    await page.close();
  });
});

function brightness(colour: string): number {
  const numbers = colour.match(/\d+/g)!.slice(0, 3).map(Number);
  return numbers.reduce((sum, one) => sum + one, 0) / 3;
}
