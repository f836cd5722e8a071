// The code of a page that runs a model in the browser: the core of the engine, the reference backend and a GGUF file in memory.
// It imports nothing from src/engine/node/.

import { browserPorts } from '../../src/engine/browser-ports.ts';
import { loadEngineOn } from '../../src/engine/load-engine.ts';
import { createBufferSource } from '../../src/formats/buffer-source.ts';
import { inThreadReference } from '../../src/kernels/reference/in-thread.ts';
import { openGguf } from '../../src/models/open-gguf.ts';
import { type Answers, generateAnswers } from './answers.ts';

const GIB = 2 ** 30;

/** Loads the model at `url` and returns its answers. */
export async function generateAnswersAt(url: string): Promise<Answers> {
  const ports = browserPorts({ openModel, memoryBytes: GIB });
  const engine = await loadEngineOn(ports, { model: url, backend: inThreadReference() });
  try {
    return await generateAnswers(engine);
  } finally {
    await engine.dispose();
  }
}

async function openModel(url: string) {
  const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
  return openGguf(createBufferSource(bytes, url));
}
