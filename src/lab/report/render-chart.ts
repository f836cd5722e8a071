// A chart of a result as SVG, by Vega-Lite without a browser. On a page, words and lines take the colour of the text
// around them, so that one picture is right in light and in dark; as a file it stands on white.

import type { Spec } from 'vega';
import type { TopLevelSpec } from 'vega-lite';
import type { Chart, Series } from '../result.ts';
import type { Language, Text } from '../text.ts';
import { unitName } from './words.ts';

export type Surface = 'page' | 'file';

// Told apart by people who see fewer colours, and strong enough on both white and black.
const COLOURS = ['#3b82c4', '#e07b39', '#2f9e77', '#b95fa6', '#8a8f98', '#c2a21f', '#c94f4f', '#6f6fd0'];
const WIDTH = 740;
const HEIGHT = 300;
const LONG_NAME = 24; // characters

export async function renderChart(chart: Chart, language: Language, surface: Surface): Promise<string> {
  // Loaded when the first chart is drawn: most commands draw none.
  const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')]);
  const spec = vegaLite.compile(specOf(chart, language, surface)).spec as Spec;
  const view = new vega.View(vega.parse(spec), { renderer: 'none', logLevel: vega.Error });
  const svg = await view.toSVG();
  view.finalize();
  return labelled(svg, chart.title[language]);
}

// What a screen reader says in place of the picture.
function labelled(svg: string, title: string): string {
  const safe = title.replace(/[<>&"]/g, (c) => `&#${c.charCodeAt(0)};`);
  return svg.replace('<svg ', () => `<svg role="img" aria-label="${safe}" `);
}

function specOf(chart: Chart, language: Language, surface: Surface): TopLevelSpec {
  const ink = surface === 'page' ? 'currentColor' : '#333333';
  const names = chart.series.map(({ name }) => name[language]);
  const values = chart.series.flatMap(({ name, points }) =>
    points.map(([x, y]) => ({ x: typeof x === 'object' ? x[language] : x, y, series: name[language] })),
  );
  const words = { labelColor: ink, titleColor: ink, labelFontSize: 12, titleFontSize: 12 };
  const wide = language === 'zh'; // characters are wider than the renderer thinks
  const faint = { gridColor: '#888888', gridOpacity: 0.25, domainColor: '#888888', tickColor: '#888888' };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    width: WIDTH,
    height: HEIGHT,
    ...(surface === 'file' ? { background: '#ffffff', title: chart.title[language] } : { background: null }),
    padding: 8,
    data: { values },
    config: {
      font: 'system-ui, "Segoe UI", "Noto Sans SC", "WenQuanYi Zen Hei", sans-serif',
      axis: { ...words, ...faint, titleFontWeight: 'normal', labelOverlap: true },
      legend: { ...words, orient: 'bottom', columnPadding: wide ? 60 : 16 },
      title: { color: ink, fontWeight: 'normal', fontSize: 14 },
      view: { stroke: null },
    },
    ...(chart.kind === 'lines'
      ? { layer: linesOf(chart, names, language) }
      : { ...barsOf(chart, names, language) }),
  } as TopLevelSpec;
}

const axisTitle = ({ title, unit }: Chart['x'], language: Language): string =>
  unit === undefined ? title[language] : `${title[language]} (${unitName(unit, language)})`;

// Colours and dashes are of the same field, so that the legend shows both in one.
const bySeries = (names: readonly string[], range: readonly unknown[]): object => ({
  field: 'series',
  type: 'nominal',
  title: null,
  scale: { domain: names, range },
  legend: names.length === 1 ? null : legendOf(names),
});

const legendOf = (names: readonly string[]): object => ({
  labelLimit: WIDTH,
  columns: names.some((name) => name.length > LONG_NAME) ? 2 : 3,
});

const colour = ({ series }: Chart, names: readonly string[]): object =>
  bySeries(
    names,
    series.map(({ colour: own }, i) => COLOURS[(own ?? i) % COLOURS.length]),
  );

const dash = ({ series }: Chart, names: readonly string[]): object =>
  bySeries(
    names,
    series.map(({ style }) => (style === 'dashes' ? [6, 4] : [1, 0])),
  );

const quantity = (field: 'x' | 'y', axis: Chart['x'], language: Language): object => ({
  field,
  type: 'quantitative',
  title: axisTitle(axis, language),
  scale: axis.scale === 'log' ? { type: 'log' } : { zero: field === 'y' },
  axis: { format: ',~r', tickCount: 6 },
});

function linesOf(chart: Chart, names: readonly string[], language: Language): object[] {
  const encoding = {
    x: quantity('x', chart.x, language),
    y: quantity('y', chart.y, language),
    color: colour(chart, names),
    strokeDash: dash(chart, names),
  };
  const layer = (style: Series['style'], mark: object): object[] => {
    const own = chart.series.filter((series) => (series.style ?? 'line') === style);
    if (own.length === 0) return [];
    const oneOf = own.map(({ name }) => name[language]);
    return [{ transform: [{ filter: { field: 'series', oneOf } }], mark, encoding }];
  };
  return [
    ...layer('line', { type: 'line', point: { size: 30 }, strokeWidth: 2 }),
    ...layer('dashes', { type: 'line', strokeWidth: 1.5 }),
    ...layer('points', { type: 'point', filled: true, size: 40 }),
  ];
}

function barsOf(chart: Chart, names: readonly string[], language: Language): object {
  const stacked = chart.kind === 'stacked';
  const order: (string | number | Text)[] = chart.series.flatMap(({ points }) => points.map(([x]) => x));
  const sort = [...new Set(order.map((x) => (typeof x === 'object' ? x[language] : x)))];
  return {
    mark: { type: 'bar' },
    encoding: {
      x: {
        field: 'x',
        type: 'nominal',
        sort,
        title: axisTitle(chart.x, language),
        axis: { labelAngle: sort.length > 8 ? -40 : 0, labelLimit: 160, labelOverlap: false },
      },
      y: { ...quantity('y', chart.y, language), ...(stacked ? { stack: 'zero' } : {}) },
      color: colour(chart, names),
      ...(stacked || names.length === 1 ? {} : { xOffset: { field: 'series', sort: names } }),
    },
  };
}
