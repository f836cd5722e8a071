// What a page is made of that runs a model by itself: the core of the engine, the reference, a GGUF file from bytes. It is
// bundled as it is here; src/engine/node/ is no part of it.

import { browserPorts } from '../../src/engine/browser-ports.ts';
import { loadEngineOn } from '../../src/engine/load-engine.ts';
import { createBufferSource } from '../../src/formats/buffer-source.ts';
import { inThreadReference } from '../../src/kernels/reference/in-thread.ts';
import { openGguf } from '../../src/models/open-gguf.ts';
import { type Answers, answersOf } from './answers.ts';

const GIB = 2 ** 30;

/** The answers of the model at an address. */
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
