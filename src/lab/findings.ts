// What an experiment has found so far. It is filled as measurements end, so that an interrupted run keeps its parts.

import type { Cell, Chart, Metric, Table } from './result.ts';
import type { Text } from './text.ts';

export class Findings {
  readonly tables: Table[] = [];
  readonly charts: Chart[] = [];
  readonly metrics: Metric[] = [];
  readonly seen: Text[] = [];
  readonly apart: Text[] = [];
  /** set where the experiment cannot run here, with the reason in `seen` */
  skipped = false;

  /** Adds a table, or gives one of the same name new rows. */
  table(table: Table): void {
    put(this.tables, { ...table, rows: table.rows.map((row) => row.map(finiteCell)) });
  }

  chart(chart: Chart): void {
    const series = chart.series.map((one) => ({
      ...one,
      points: one.points.filter(([, y]) => Number.isFinite(y)),
    }));
    put(this.charts, { ...chart, series });
  }

  /** Adds samples to the metric of the name. */
  sample(metric: Omit<Metric, 'samples'>, value: number): void {
    if (!Number.isFinite(value)) return; // JSON has no place for it
    const known = this.metrics.find(({ name }) => name === metric.name);
    if (known === undefined) this.metrics.push({ ...metric, samples: [value] });
    else known.samples.push(value);
  }

  /** What a metric's samples are so far. */
  samples(name: string): readonly number[] {
    return this.metrics.find((metric) => metric.name === name)?.samples ?? [];
  }

  /** A sentence on what was seen. */
  see(sentence: Text): void {
    this.seen.push(sentence);
  }

  /** A sentence on where theory and measurement part. */
  part(sentence: Text): void {
    this.apart.push(sentence);
  }

  skip(reason: Text): void {
    this.skipped = true;
    this.seen.push(reason);
  }
}

// What JSON cannot hold: no number is nothing measured, and infinity is a word.
function finiteCell(cell: Cell): Cell {
  if (typeof cell !== 'number' || Number.isFinite(cell)) return cell;
  return Number.isNaN(cell) ? null : cell > 0 ? '∞' : '-∞';
}

function put<Item extends { readonly name: string }>(items: Item[], item: Item): void {
  const at = items.findIndex(({ name }) => name === item.name);
  if (at < 0) items.push(item);
  else items[at] = item;
}
