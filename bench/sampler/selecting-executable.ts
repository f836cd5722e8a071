// Creates an executable of the native backend for a network that is a single table of logits. A step consists only of the
// native call and `select`.

import type { TensorInfo } from '../../src/base/model/model-file.ts';
import type { Executable } from '../../src/kernels/backend.ts';
import { native } from '../../src/kernels/native/node/native-backend.ts';
import { ProgramBuilder } from '../../src/program/builder.ts';
import { emitTape } from '../../src/program/tape.ts';

export async function selectingExecutable(vocab: number): Promise<Executable> {
  const info: TensorInfo = { name: 'logits', dtype: 'F32', shape: [1, vocab], byteLength: 4 * vocab };
  const values = Float32Array.from({ length: vocab }, (_, token) => Math.sin(token));
  const groups = [{ layers: [0], kvHeads: 1, headDim: 1, keeps: 'all' as const }];
  const b = new ProgramBuilder(new Map([[info.name, info]]), groups);
  const program = b.select(b.gatherRows(b.embed('logits', 'token', 1, vocab)));
  const backend = native({ threads: 1 });
  const weights = await backend.loadWeights(program.weights, {
    byteLength: () => values.byteLength,
    readInto: async (_name, target) => target.set(new Uint8Array(values.buffer)),
  });
  return backend.createExecutable({
    tape: emitTape(program, { tokens: 1, rows: 1 }, 1),
    weights,
    layout: { groups, dtype: 'f32', blockSize: 1 },
    blocks: [1],
    contextLength: 1,
  });
}
