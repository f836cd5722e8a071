import { expect, test } from 'vitest';
import { text } from '../text.ts';
import { renderChart } from './render-chart.ts';

test('renderChart returns valid XML for texts with any characters', async () => {
  const strange = 'a\u2028b\u2029c\u0000d\u001be\ud800f\uffffg';
  const title = text(strange, strange);
  for (const kind of ['lines', 'bars', 'stacked'] as const) {
    const series = [
      { name: title, points: [[kind === 'lines' ? 1 : strange, 2]] as [number | string, number][] },
    ];
    const chart = { name: 'x', kind, title, x: { title, unit: strange }, y: { title }, series };
    for (const surface of ['page', 'file'] as const) {
      const svg = await renderChart(chart, 'en', surface);
      expect(svg).toContain('aria-label="a b c d e f g"');
      for (const character of strange.replace(/\w/g, '')) expect(svg).not.toContain(character);
    }
  }
}, 60_000); // loads the chart library
