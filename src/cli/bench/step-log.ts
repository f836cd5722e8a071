// Records the steps of an engine: a backend whose executable notes the shape and the duration of each step.

import { assert } from '../../base/assert.ts';
import { QuireError } from '../../base/errors.ts';
import type { Backend, Executable, ExecutableRequest, ThreadTimes } from '../../kernels/backend.ts';
import { type StepShape, type StepWork, stepWorkCounter } from '../../program/step-work.ts';
import type { Tape } from '../../program/tape.ts';

export interface LoggedStep {
  readonly shape: StepShape;
  readonly stepMs: number;
  /** time of each thread; only while `measuresTimes` */
  readonly times?: readonly ThreadTimes[];
}

export class StepLog {
  steps: LoggedStep[] = [];
  /** whether the executable measures the time of each operation, which delays every step a little */
  measuresTimes = false;
  readonly #needsTimes: boolean;
  #tape: Tape | undefined;
  #countWork: ((step: StepShape) => StepWork) | undefined;

  /** @param needsTimes whether `measuresTimes` will be set; loading then fails on a backend that cannot measure times */
  constructor(needsTimes: boolean) {
    this.#needsTimes = needsTimes;
  }

  /** Returns a backend that does the same as `backend`, and whose steps are recorded. */
  record(backend: Backend): Backend {
    return {
      ...backend, // a named backend is an object literal
      loadWeights: (...request) => backend.loadWeights(...request),
      createExecutable: async (request) => this.#recordSteps(await this.#create(backend, request)),
    };
  }

  get tape(): Tape {
    assert(this.#tape !== undefined, 'no executable was created');
    return this.#tape;
  }

  workOf({ shape }: LoggedStep): StepWork {
    assert(this.#countWork !== undefined, 'no executable was created');
    return this.#countWork(shape);
  }

  async #create(backend: Backend, request: ExecutableRequest): Promise<Executable> {
    const executable = await backend.createExecutable(request);
    if (this.#needsTimes && executable.measureTimes === undefined) {
      await executable.dispose();
      throw new QuireError(
        'not_supported',
        `the ${backend.name} backend does not measure the time of operations`,
        'omit --profile, or use the native backend (npm run build compiles it, --backend native selects it)',
      );
    }
    this.#tape = request.tape;
    this.#countWork = stepWorkCounter(request.tape, request.layout);
    return executable;
  }

  #recordSteps(executable: Executable): Executable {
    return {
      step: async (plan) => {
        if (this.measuresTimes) await executable.measureTimes!(true);
        const result = await executable.step(plan);
        const times = this.measuresTimes ? await executable.measureTimes!(false) : undefined;
        const { positions, queryStart, contextLength, logitsRows } = plan;
        const shape = { positions, queryStart, contextLength, logitsRows };
        this.steps.push({ shape, stepMs: result.stepMs, ...(times === undefined ? {} : { times }) });
        return result;
      },
      readBlock: (group, block) => executable.readBlock(group, block),
      writeBlock: (group, block, data) => executable.writeBlock(group, block, data),
      setAdapter: (slot, adapter) => executable.setAdapter(slot, adapter),
      dispose: () => executable.dispose(),
    };
  }
}
