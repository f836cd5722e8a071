// Tests the layout of a full report at the widths of a desktop and of a phone, in both languages: no text is truncated or
// overlaps another text, and every chart has axis titles, and a legend if it has several series. The results are rendered from
// saved data.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXPERIMENTS } from '../../src/lab/experiments.ts';
import type { LabResult } from '../../src/lab/result.ts';
import { renderFolder } from '../../src/lab/result-folder.ts';
import { labResult } from '../support/lab-result.ts';
import { describeWith, needsChromium } from '../support/needs.ts';
import { launchBrowser } from './chat-page.ts';

/** Data measured by `quire lab all --repetitions 1`, with rounded numbers. */
const SAVED = JSON.parse(readFileSync(new URL('./report-data.json', import.meta.url), 'utf8')) as Record<
  string,
  NonNullable<LabResult['data']>
>;

// Runs in the page and returns the problems of the visible drawings and tables.
const FIND_PROBLEMS = `(() => {
  const problems = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) problems.push('the page is ' + root.scrollWidth + ' pixels wide');
  const overlap = (a, b) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3;
  for (const svg of document.querySelectorAll('figure svg')) {
    const frame = svg.getBoundingClientRect();
    if (frame.width === 0) continue;
    const name = svg.getAttribute('aria-label');
    const texts = [...svg.querySelectorAll('text')].filter((text) => text.textContent.trim() !== '');
    for (const text of texts) {
      const box = text.getBoundingClientRect();
      if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1)
        problems.push(name + ': outside of the drawing: ' + text.textContent);
      if (text.textContent.includes('…')) problems.push(name + ': cut off: ' + text.textContent);
      if (parseFloat(getComputedStyle(text).fontSize) * (frame.width / svg.viewBox.baseVal.width) < 9.5)
        problems.push(name + ': illegibly small: ' + text.textContent);
    }
    const upright = texts.filter((text) => !/rotate/.test(text.getAttribute('transform') ?? ''));
    for (const [i, text] of upright.entries())
      for (const other of upright.slice(i + 1))
        if (overlap(text.getBoundingClientRect(), other.getBoundingClientRect()))
          problems.push(name + ': ' + text.textContent + ' overlaps ' + other.textContent);
  }
  for (const table of document.querySelectorAll('table')) {
    const box = table.parentElement;
    if (getComputedStyle(box).overflowX !== 'auto') problems.push('a table cannot be scrolled');
    for (const cell of table.querySelectorAll('th, td'))
      if (cell.scrollWidth > cell.clientWidth + 1) problems.push('a cell is cut off: ' + cell.textContent);
  }
  return problems;
})()`;

describeWith(needsChromium(), 'the layout of a report', (chromium) => {
  let browser: Browser;
  let folder: string;
  let results: LabResult[];

  beforeAll(async () => {
    browser = await launchBrowser(chromium);
    folder = mkdtempSync(join(tmpdir(), 'quire-report-layout-'));
    for (const { name } of EXPERIMENTS)
      writeFileSync(
        join(folder, `${name}.json`),
        JSON.stringify(labResult({ experiment: name, data: SAVED[name]! })),
      );
    results = await renderFolder(folder, folder, 'en');
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  async function open(width: number): Promise<Page> {
    const page = await browser.newPage({ viewport: { width, height: 900 } });
    await page.goto(pathToFileURL(join(folder, 'index.html')).href);
    await page.evaluate(`for (const details of document.querySelectorAll('details')) details.open = true`);
    return page;
  }

  test('all experiments are rendered', () => {
    expect(results.map(({ experiment }) => experiment)).toEqual(EXPERIMENTS.map(({ name }) => name));
    for (const { status, tables } of results) {
      expect(status).toBe('complete');
      expect(tables).not.toEqual([]);
    }
  });

  test.each([1200, 390])(
    'no text is truncated or overlaps another text at %i pixels, in both languages',
    async (width) => {
      const page = await open(width);
      expect(await page.evaluate(FIND_PROBLEMS)).toEqual([]);
      await page.click('#language');
      expect(await page.evaluate(FIND_PROBLEMS)).toEqual([]);
      await page.close();
    },
  );

  test('each chart has titles on both axes, and a legend if it has several series', async () => {
    const page = await open(1200);
    const charts = results.flatMap((result) => result.charts);
    const drawings = page.locator('figure div[lang=en].wide svg');
    expect(await drawings.count()).toBe(charts.length);
    for (const [i, { title, x, y, series }] of charts.entries()) {
      const drawing = drawings.nth(i);
      expect(await drawing.getAttribute('aria-label')).toBe(title.en);
      const axisTitles = await drawing.locator('.role-axis-title').allTextContents();
      expect(axisTitles, title.en).toHaveLength(2);
      for (const axis of [x, y])
        expect(axisTitles.some((axisTitle) => axisTitle.startsWith(axis.title.en))).toBe(true);
      const labels = await drawing.locator('.role-legend-label text').allTextContents();
      expect(labels, title.en).toEqual(series.length > 1 ? series.map(({ name }) => name.en) : []);
    }
    await page.close();
  }, 60_000);
});
