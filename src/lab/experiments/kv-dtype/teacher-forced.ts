// The logits that an engine gives after each beginning of one text: every beginning is a prompt, of which the cache
// holds all but the last token, so that each costs one token. What the model would have chosen plays no part.

import { assert } from '../../../base/assert.ts';
import type { Engine, EngineOptions } from '../../../engine/engine.ts';
import type { LabBench } from '../../lab-bench.ts';
import { StepRecorder } from '../../step-recorder.ts';

export class TeacherForced {
  readonly engine: Engine;
  readonly #recorder: StepRecorder;

  private constructor(engine: Engine, recorder: StepRecorder) {
    this.engine = engine;
    this.#recorder = recorder;
  }

  static async open(bench: LabBench, options: EngineOptions): Promise<TeacherForced> {
    const recorder = new StepRecorder();
    const engine = await bench.engine({ ...options, maxRunning: 1, onStep: recorder.observe });
    return new TeacherForced(engine, recorder);
  }

  get bytesPerToken(): number {
    return this.engine.info.work.kvBytesPerToken;
  }

  /** Logits for what follows `beginning`, before any adjustment; [vocabSize]. */
  async logitsAfter(beginning: readonly number[]): Promise<Float32Array> {
    this.#recorder.clear();
    await this.engine.completeTokens(beginning, { temperature: 0, maxTokens: 1 }).result;
    const row = this.#recorder.rows().at(-1);
    assert(row !== undefined, 'a step that chooses a token has logits');
    return row;
  }
}
