// Teacher forcing: the logits of an engine after each prefix of one text. Each prefix is sent as a prompt. The cache
// has all its tokens except the last, so only one token is computed. The generated token is ignored.

import { assert } from '../../../base/assert.ts';
import type { Engine, EngineOptions } from '../../../engine/engine.ts';
import type { LabBench } from '../../lab-bench.ts';
import { StepRecorder } from '../../step-recorder.ts';

export class TeacherForcing {
  readonly engine: Engine;
  readonly #recorder: StepRecorder;

  private constructor(engine: Engine, recorder: StepRecorder) {
    this.engine = engine;
    this.#recorder = recorder;
  }

  static async create(bench: LabBench, options: EngineOptions): Promise<TeacherForcing> {
    const recorder = new StepRecorder();
    const engine = await bench.engine({ ...options, maxRunning: 1, onStep: recorder.observe });
    return new TeacherForcing(engine, recorder);
  }

  get bytesPerToken(): number {
    return this.engine.info.work.kvBytesPerToken;
  }

  /** Returns the logits after `prefix`, before any adjustment; [vocabSize]. */
  async logitsAfter(prefix: readonly number[]): Promise<Float32Array> {
    this.#recorder.clear();
    await this.engine.completeTokens(prefix, { temperature: 0, maxTokens: 1 }).result;
    const row = this.#recorder.rows().at(-1);
    assert(row !== undefined, 'a step that chooses a token has logits');
    return row;
  }
}
