import { expect, test } from 'vitest';
import { labResult } from '../../../tests/support/lab-result.ts';
import { text } from '../text.ts';
import { reportPage } from './page.ts';

const HOSTILE = '<script>alert("1")</script>';
const hostileText = text(HOSTILE, HOSTILE);

test('texts of a result are escaped on the page, and in labels of charts', async () => {
  const axis = { title: hostileText };
  const page = await reportPage(
    [
      labResult({
        experiment: HOSTILE,
        ...{
          title: hostileText,
          question: hostileText,
          expected: hostileText,
          seen: [hostileText],
          apart: [hostileText],
        },
        conditions: { ...labResult().conditions, model: HOSTILE, processor: HOSTILE },
        tables: [
          {
            name: 't',
            title: hostileText,
            columns: [{ title: hostileText, unit: HOSTILE }],
            rows: [[HOSTILE], [hostileText]],
          },
        ],
        charts: (['lines', 'bars'] as const).map((kind) => ({
          ...{ name: kind, kind, title: hostileText, x: { ...axis, unit: HOSTILE }, y: axis },
          series: [{ name: hostileText, points: kind === 'bars' ? [[HOSTILE, 1]] : [[1, 1]] }],
        })),
      }),
    ],
    'en',
  );
  expect(page.includes('alert(')).toBe(true);
  expect(page.includes('<script>alert')).toBe(false);
  expect(page.match(/<script\b/g)).toHaveLength(1); // the script of the page
}, 60_000); // loads the chart library

test('both languages are on the page, and the requested language is shown first', async () => {
  const page = await reportPage([labResult()], 'zh');
  for (const expected of ['Seen one.', '实测一。', 'Question one?', '问题一？'])
    expect(page).toContain(expected);
  expect(page).toMatch(/<html lang="zh"/);
  expect(await reportPage([labResult()], 'en')).toMatch(/<html lang="en"/);
});

test('an interrupted or skipped experiment is marked, and the page does not state that the result agrees with the expectation', async () => {
  const agreement = 'No measurement contradicts what was expected.';
  const interrupted = await reportPage([labResult({ status: 'interrupted' })], 'en');
  expect(interrupted).toContain('Interrupted');
  expect(interrupted).not.toContain(agreement);
  expect(await reportPage([labResult({ status: 'skipped' })], 'en')).toContain('Not run here');
  expect(await reportPage([labResult()], 'en')).toContain(agreement);
});
