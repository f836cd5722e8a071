// The code of a page that runs a model itself: the core of the engine, the reference backend and a GGUF file in memory. It
// contains nothing of src/engine/node/.

import { browserPorts } from '../../src/engine/browser-ports.ts';
import { loadEngineOn } from '../../src/engine/load-engine.ts';
import { createBufferSource } from '../../src/formats/buffer-source.ts';
import { inThreadReference } from '../../src/kernels/reference/in-thread.ts';
import { openGguf } from '../../src/models/open-gguf.ts';
import { type Answers, answersOf } from './answers.ts';

const GIB = 2 ** 30;

/** Returns the answers of the model at a URL. */
export async function answersAt(url: string): Promise<Answers> {
  const ports = browserPorts({ openModel, memoryBytes: GIB });
  const engine = await loadEngineOn(ports, { model: url, backend: inThreadReference() });
  try {
    return await answersOf(engine);
  } finally {
    await engine.dispose();
  }
}

async function openModel(url: string) {
  const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
  return openGguf(createBufferSource(bytes, url));
}
