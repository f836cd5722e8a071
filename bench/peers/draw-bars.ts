// Draws the bar chart of a comparison as SVG.

import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { ChartBar } from './run-node.ts';

export async function drawBars(bars: readonly ChartBar[]): Promise<string> {
  const spec: TopLevelSpec = {
    data: { values: bars.filter(({ measure }) => measure.endsWith('tokens/s')).map((bar) => ({ ...bar })) },
    mark: { type: 'bar', tooltip: true },
    width: 240,
    height: 60,
    encoding: {
      row: { field: 'model', title: null, header: { labelAngle: 0, labelAlign: 'left' } },
      column: { field: 'measure', title: null },
      y: { field: 'engine', title: null, sort: ['Quire', 'node-llama-cpp'] },
      x: { field: 'value', type: 'quantitative', title: 'tokens/s' },
      color: {
        field: 'engine',
        legend: null,
        scale: { domain: ['Quire', 'node-llama-cpp'], range: ['#2f6fdd', '#b0b8c4'] },
      },
    },
    resolve: { scale: { x: 'independent' } },
  };
  return new View(parse(compile(spec).spec), { renderer: 'none' }).toSVG();
}
