// Collects the results of an experiment for its report: tables, charts, metrics and sentences.

import type { Cell, Chart, Column, Metric, Table } from './result.ts';
import type { BilingualText } from './text.ts';

/** A column of a table, with a function that returns the cell of a row. */
export interface RowColumn<Row> extends Column {
  readonly cell: (row: Row, index: number) => Cell;
}

export function column<Row>(
  title: BilingualText,
  cell: (row: Row, index: number) => Cell,
  unit?: string,
): RowColumn<Row> {
  return { title, cell, ...(unit !== undefined && { unit }) };
}

export class Findings {
  readonly tables: Table[] = [];
  readonly charts: Chart[] = [];
  readonly metrics: Metric[] = [];
  readonly observations: BilingualText[] = [];
  readonly contradictions: BilingualText[] = [];
  /** whether the experiment cannot run here; the reason is then in `observations` */
  skipped = false;

  /** Adds a table with one line for each of `rows`. */
  table<Row>(
    [name, title]: readonly [name: string, title: BilingualText],
    rows: readonly Row[],
    columns: readonly RowColumn<Row>[],
  ): void {
    this.tables.push({
      ...{ name, title },
      columns: columns.map(({ cell, ...heading }) => heading),
      rows: rows.map((row, index) => columns.map(({ cell }) => finiteCell(cell(row, index)))),
    });
  }

  chart(chart: Chart): void {
    const series = chart.series.map((line) => ({
      ...line,
      points: line.points.filter(([, y]) => Number.isFinite(y)),
    }));
    this.charts.push({ ...chart, series });
  }

  /** Adds a metric, unless none of its samples is finite. */
  metric(metric: Omit<Metric, 'samples'>, samples: readonly number[]): void {
    const finite = samples.filter((sample) => Number.isFinite(sample));
    if (finite.length > 0) this.metrics.push({ ...metric, samples: finite });
  }

  /** Adds a sentence that describes an observation. */
  observe(sentence: BilingualText): void {
    this.observations.push(sentence);
  }

  /** Adds a sentence that describes a contradiction to the expectation. */
  contradict(sentence: BilingualText): void {
    this.contradictions.push(sentence);
  }

  /** Marks the experiment as skipped. */
  skip(reason: BilingualText): void {
    this.skipped = true;
    this.observations.push(reason);
  }
}

// Replaces numbers that JSON does not have: NaN, which means not measured, and infinity.
function finiteCell(cell: Cell): Cell {
  if (typeof cell !== 'number' || Number.isFinite(cell)) return cell;
  return Number.isNaN(cell) ? null : cell > 0 ? '∞' : '-∞';
}
