// Counts the operations and the memory traffic of a program, so that measured speeds can be compared with the peak rates of
// the machine.

import { byteLength, DTYPES, type DtypeName } from '../base/model/dtypes.ts';
import { type KvLayout, kvTokenBytes } from '../base/model/kv-layout.ts';
import type { Program } from './program.ts';

export interface KvGroupWork {
  readonly bytesPerToken: number;
  /** sliding window in tokens; without a window, all tokens are read */
  readonly window?: number;
}

export interface Work {
  /** multiplications and additions of the linear layers for each token, except the output head */
  readonly opsPerToken: number;
  /** multiplications and additions of the output head for each row of logits */
  readonly opsPerRow: number;
  /** bytes of the weights of all linear layers, which every step reads */
  readonly weightBytes: number;
  /** bytes of the keys and values of one token */
  readonly kvBytesPerToken: number;
  /** the keys and values of each layer group */
  readonly kvGroups: readonly KvGroupWork[];
  /** weight type of the largest part of the multiplications */
  readonly mainDtype: DtypeName;
}

/** Counts the work of a program with keys and values in `layout`. */
export function countWork(program: Program, layout: KvLayout): Work {
  let opsPerToken = 0;
  let opsPerRow = 0;
  const bytesByWeight = new Map<number, number>();
  const opsByDtype = new Map<DtypeName, number>();
  for (const operation of program.operations) {
    if (operation.kind !== 'linear') continue;
    const { rows, columns, dtype } = program.weights[operation.weight]!;
    const ops = 2 * rows * columns;
    const isHead = program.values[operation.output]!.rows === 'R';
    if (isHead) opsPerRow += ops;
    else {
      opsPerToken += ops;
      opsByDtype.set(dtype, (opsByDtype.get(dtype) ?? 0) + ops);
    }
    bytesByWeight.set(operation.weight, rows * byteLength(DTYPES[dtype], columns));
  }
  const weightBytes = [...bytesByWeight.values()].reduce((sum, bytes) => sum + bytes, 0);
  const [mainDtype = 'F32'] = [...opsByDtype].sort((a, b) => b[1] - a[1])[0] ?? [];
  const kvGroups = layout.groups.map((group) => ({
    bytesPerToken: kvTokenBytes(layout, group),
    ...(group.keeps === 'all' ? {} : { window: group.keeps.window }),
  }));
  const kvBytesPerToken = kvGroups.reduce((sum, { bytesPerToken }) => sum + bytesPerToken, 0);
  return { opsPerToken, opsPerRow, weightBytes, kvBytesPerToken, kvGroups, mainDtype };
}

/** Returns the size of the keys and values that a step reads for the last token of a sequence of `context` tokens. */
export const kvBytesRead = ({ kvGroups }: Pick<Work, 'kvGroups'>, context: number): number =>
  kvGroups.reduce(
    (sum, { bytesPerToken, window = context }) => sum + bytesPerToken * Math.min(context, window),
    0,
  );
