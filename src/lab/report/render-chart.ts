// Renders a chart of a result as SVG, by Vega-Lite without a browser. On a page, text and lines take the colour of the
// surrounding text, so that the same drawing is legible on light and dark screens. A chart file has a white background.
// A page also needs a narrow drawing for phones, because a wide drawing is illegible when it is scaled down.

import type { Spec } from 'vega';
import type { TopLevelSpec } from 'vega-lite';
import { importOptional } from '../../base/node/optional-package.ts';
import type { Chart, Series } from '../result.ts';
import type { BilingualText, Language } from '../text.ts';
import { unitName } from './report-texts.ts';

export type ChartTarget = 'page' | 'narrow page' | 'file';

// Distinguishable with colour vision deficiency, and with enough contrast on white and on black.
const COLOURS = ['#3b82c4', '#e07b39', '#2f9e77', '#b95fa6', '#8a8f98', '#c2a21f', '#c94f4f', '#6f6fd0'];
const LONG_NAME = 24; // characters; longer names of series need wider columns in the legend

interface Size {
  /** width of the whole drawing in pixels */
  readonly width: number;
  readonly height: number;
  readonly fontSize: number;
  /** maximum width of the label of a bar; longer labels are truncated */
  readonly labelWidth: number;
}

const WIDE: Size = { width: 860, height: 420, fontSize: 12, labelWidth: 160 };
const NARROW: Size = { width: 316, height: 380, fontSize: 11, labelWidth: 110 };

interface Vega {
  readonly vega: typeof import('vega');
  readonly vegaLite: typeof import('vega-lite');
}

/** Imports what draws charts. Rejects with `missing_package`. */
export function importVega(): Promise<Vega> {
  return importOptional('charts', ['vega@6', 'vega-lite@6.4'], async () => ({
    vega: await import('vega'),
    vegaLite: await import('vega-lite'),
  }));
}

export async function renderChart(chart: Chart, language: Language, surface: ChartTarget): Promise<string> {
  const { vega, vegaLite } = await importVega();
  useTextWidth((vega as unknown as { textMetrics: TextMetrics }).textMetrics);
  const drawn = printableChart(chart);
  const spec = vegaLite.compile(specOf(drawn, language, surface)).spec as Spec;
  const view = new vega.View(vega.parse(spec), { renderer: 'none', logLevel: vega.Error });
  const svg = await view.toSVG();
  view.finalize();
  return addLabel(svg, drawn.title[language]);
}

// Replaces characters that XML does not allow (control characters, unpaired surrogates) and line separators, which Vega
// expressions do not allow.
const printableChart = (chart: Chart): Chart =>
  JSON.parse(JSON.stringify(chart), (_, value: unknown) =>
    typeof value === 'string' ? value.replace(/[\p{Cc}\p{Cs}\u2028\u2029\ufffe\uffff]/gu, ' ') : value,
  ) as Chart;

/** The text measurement of Vega, which its type declarations omit. */
interface TextMetrics {
  width: (item: { readonly fontSize?: number }, text: unknown) => number;
}

// Without a canvas Vega assumes that all characters have the same width, and Chinese labels would overlap.
function useTextWidth(metrics: TextMetrics): void {
  metrics.width = ({ fontSize = 11 }, text) => fontSize * textWidth(String(text ?? ''));
}

/** Returns an upper estimate of the width of a text in common sans-serif fonts, in units of the font size. */
const textWidth = (text: string): number =>
  [...text].reduce((width, character) => {
    if (character > '\u2e7f') return width + 1; // Chinese characters and full-width signs
    if (/[A-ZMWmw%@]/.test(character)) return width + 0.78;
    return width + (/[ijlt.,:;'|!()[\]f ]/.test(character) ? 0.36 : 0.6);
  }, 0);

// Adds the title for screen readers.
function addLabel(svg: string, title: string): string {
  const escaped = title.replace(/[<>&"]/g, (c) => `&#${c.charCodeAt(0)};`);
  return svg.replace('<svg ', () => `<svg role="img" aria-label="${escaped}" `);
}

function specOf(chart: Chart, language: Language, surface: ChartTarget): TopLevelSpec {
  const size = surface === 'narrow page' ? NARROW : WIDE;
  const textColour = surface === 'file' ? '#333333' : 'currentColor';
  const names = chart.series.map(({ name }) => name[language]);
  const values = chart.series.flatMap(({ name, points }) =>
    points.map(([x, y]) => ({ x: typeof x === 'object' ? x[language] : x, y, series: name[language] })),
  );
  const { fontSize } = size;
  const textStyle = {
    labelColor: textColour,
    titleColor: textColour,
    labelFontSize: fontSize,
    titleFontSize: fontSize,
  };
  const lineStyle = { gridColor: '#888888', gridOpacity: 0.25, domainColor: '#888888', tickColor: '#888888' };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    width: size.width,
    height: size.height,
    autosize: { type: 'fit', contains: 'padding' },
    ...(surface === 'file' ? { background: '#ffffff', title: chart.title[language] } : { background: null }),
    padding: 8,
    data: { values },
    config: {
      font: 'system-ui, "Segoe UI", "Noto Sans SC", "WenQuanYi Zen Hei", sans-serif',
      axis: {
        ...textStyle,
        ...lineStyle,
        titleFontWeight: 'normal',
        titleLimit: size.width,
        labelOverlap: true,
      },
      legend: { ...textStyle, orient: 'bottom', columnPadding: 16, symbolLimit: 0 },
      title: { color: textColour, fontWeight: 'normal', fontSize: 14 },
      view: { stroke: null },
    },
    ...(chart.kind === 'lines'
      ? { layer: linesOf(chart, names, language, size) }
      : { ...barsOf(chart, names, language, size) }),
  } as TopLevelSpec;
}

const axisTitle = ({ title, unit }: Chart['x'], language: Language): string =>
  unit === undefined ? title[language] : `${title[language]} (${unitName(unit, language)})`;

// Colours and dashes encode the same field, so that one legend shows both.
const bySeries = (chart: Chart, names: readonly string[], size: Size, range: readonly unknown[]): object => ({
  field: 'series',
  type: 'nominal',
  title: null,
  scale: { domain: names, range },
  legend: names.length === 1 ? null : legendOf(chart, names, size),
});

function legendOf({ kind, series }: Chart, names: readonly string[], { width }: Size): object {
  const wideColumns = names.some((name) => name.length > LONG_NAME) ? 2 : 3;
  const columns = width < WIDE.width ? 1 : wideColumns;
  const hasOnlyLines = kind === 'lines' && series.every(({ style }) => style !== 'points');
  const strokes = hasOnlyLines ? { symbolType: 'stroke', symbolSize: 300, symbolStrokeWidth: 2 } : {}; // shows dashes
  return { ...strokes, labelLimit: width / columns - 40, columns };
}

const colour = (chart: Chart, names: readonly string[], size: Size): object =>
  bySeries(
    chart,
    names,
    size,
    chart.series.map(({ colour: index }, i) => COLOURS[(index ?? i) % COLOURS.length]),
  );

const dash = (chart: Chart, names: readonly string[], size: Size): object =>
  bySeries(
    chart,
    names,
    size,
    chart.series.map(({ style }) => (style === 'dashes' ? [6, 4] : [1, 0])),
  );

const quantity = (field: 'x' | 'y', axis: Chart['x'], language: Language): object => ({
  field,
  type: 'quantitative',
  title: axisTitle(axis, language),
  scale: axis.scale === 'log' ? { type: 'log' } : { zero: field === 'y' },
  axis: { format: ',~r', tickCount: 5 },
});

function linesOf(chart: Chart, names: readonly string[], language: Language, size: Size): object[] {
  const encoding = {
    x: quantity('x', chart.x, language),
    y: quantity('y', chart.y, language),
    color: colour(chart, names, size),
    strokeDash: dash(chart, names, size),
  };
  const layer = (style: Series['style'], mark: object): object[] => {
    const ofStyle = chart.series.filter((series) => (series.style ?? 'line') === style);
    if (ofStyle.length === 0) return [];
    const oneOf = ofStyle.map(({ name }) => name[language]);
    return [{ transform: [{ filter: { field: 'series', oneOf } }], mark, encoding }];
  };
  return [
    ...layer('line', { type: 'line', point: { size: 30 }, strokeWidth: 2 }),
    ...layer('dashes', { type: 'line', strokeWidth: 1.5 }),
    ...layer('points', { type: 'point', filled: true, size: 40 }),
  ];
}

function barsOf(chart: Chart, names: readonly string[], language: Language, size: Size): object {
  const stacked = chart.kind === 'stacked';
  const order: (string | number | BilingualText)[] = chart.series.flatMap(({ points }) =>
    points.map(([x]) => x),
  );
  const sort = [...new Set(order.map((x) => (typeof x === 'object' ? x[language] : x)))];
  return {
    mark: { type: 'bar' },
    encoding: {
      x: {
        field: 'x',
        type: 'nominal',
        sort,
        title: axisTitle(chart.x, language),
        axis: barAxis(sort, size),
      },
      y: { ...quantity('y', chart.y, language), ...(stacked ? { stack: 'zero' } : {}) },
      color: colour(chart, names, size),
      ...(stacked || names.length === 1 ? {} : { xOffset: { field: 'series', sort: names } }),
    },
  };
}

/** Returns the axis of a bar chart. Labels are horizontal if all of them fit side by side. */
function barAxis(labels: readonly (string | number)[], { width, fontSize, labelWidth }: Size): object {
  const widthPerLabel = (0.8 * width) / labels.length;
  const longest =
    fontSize * labels.reduce<number>((maximum, label) => Math.max(maximum, textWidth(String(label))), 0);
  return { labelAngle: longest < widthPerLabel ? 0 : -40, labelLimit: labelWidth, labelOverlap: false };
}
