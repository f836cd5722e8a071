import { expect, test } from 'vitest';
import { labResult } from '../../../tests/support/lab-result.ts';
import { text } from '../text.ts';
import { reportPage } from './page.ts';

const EVIL = '<script>alert("1")</script>';
const evil = text(EVIL, EVIL);

test('texts of a result are escaped on the page, and in labels of charts', async () => {
  const axis = { title: evil };
  const page = await reportPage(
    [
      labResult({
        experiment: EVIL,
        ...{ title: evil, question: evil, expected: evil, seen: [evil], apart: [evil] },
        conditions: { ...labResult().conditions, model: EVIL, processor: EVIL },
        tables: [{ name: 't', title: evil, columns: [{ title: evil, unit: EVIL }], rows: [[EVIL], [evil]] }],
        charts: (['lines', 'bars'] as const).map((kind) => ({
          ...{ name: kind, kind, title: evil, x: { ...axis, unit: EVIL }, y: axis },
          series: [{ name: evil, points: kind === 'bars' ? [[EVIL, 1]] : [[1, 1]] }],
        })),
      }),
    ],
    'en',
  );
  expect(page.includes('alert(')).toBe(true);
  expect(page.includes('<script>alert')).toBe(false);
  expect(page.match(/<script\b/g)).toHaveLength(1); // that of the page itself
}, 60_000); // loads the chart library

test('both languages are on the page, and the requested one is shown first', async () => {
  const page = await reportPage([labResult()], 'zh');
  for (const words of ['Seen one.', '实测一。', 'Question one?', '问题一？']) expect(page).toContain(words);
  expect(page).toMatch(/<html lang="zh"/);
  expect(await reportPage([labResult()], 'en')).toMatch(/<html lang="en"/);
});

test('an interrupted or skipped experiment is marked as such, not as in agreement with theory', async () => {
  const agrees = 'No measurement contradicts what was expected.';
  const interrupted = await reportPage([labResult({ status: 'interrupted' })], 'en');
  expect(interrupted).toContain('Interrupted');
  expect(interrupted).not.toContain(agrees);
  expect(await reportPage([labResult({ status: 'skipped' })], 'en')).toContain('Not run here');
  expect(await reportPage([labResult()], 'en')).toContain(agrees);
});
