// Loaded before a program (`node --import`): looks again and again at every emitter of the process, and writes down those that
// nobody listens to for errors, each of which would end the process with the first one. At its exit the list is written to
// EMITTER_REPORT.

import { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { writeFileSync } from 'node:fs';
import { IncomingMessage } from 'node:http';
import { Server } from 'node:net';
import { Stream } from 'node:stream';
import { Worker } from 'node:worker_threads';

const LOOK_MS = 5;

/** @type {Set<{ emitter: WeakRef<EventEmitter>, from: string }>} */
const emitters = new Set();
/** @type {Map<string, number>} how many of each kind were seen */
const kinds = new Map();
/** @type {Set<string>} */
const unheard = new Set();

/** @type {{ init: (this: EventEmitter, options: unknown) => void }} */
const hooks = /** @type {any} */ (EventEmitter);
const { init } = hooks;
hooks.init = function (options) {
  const from = new Error().stack?.split('\n').slice(2, 12).join('\n') ?? '';
  emitters.add({ emitter: new WeakRef(this), from });
  init.call(this, options);
};

/** @param {EventEmitter} emitter */
function mayFail(emitter) {
  if (emitter instanceof IncomingMessage) return false; // Node drops what nobody listens to
  if (emitter.constructor.name === 'ReadableWorkerStdio') return false; // made of messages, which cannot fail
  if (emitter instanceof Stream) return !(/** @type {any} */ (emitter).destroyed);
  if (emitter instanceof Worker) return emitter.threadId !== -1; // it has not ended
  if (emitter instanceof Server || emitter instanceof ChildProcess) return true;
  return /^(WebSocket|WebSocketServer|BoundPool|Pool|Client|Connection)$/.test(emitter.constructor.name);
}

function look() {
  for (const one of emitters) {
    const emitter = one.emitter.deref();
    if (emitter === undefined) {
      emitters.delete(one);
      continue;
    }
    if (!mayFail(emitter)) continue;
    const kind = emitter.constructor.name;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    if (emitter.listenerCount('error') === 0) unheard.add(`${kind}, made\n${one.from}`);
  }
}

setInterval(look, LOOK_MS).unref();
process.on('exit', () => {
  const report = { kinds: [...kinds.keys()], unheard: [...unheard] };
  writeFileSync(process.env.EMITTER_REPORT ?? '/dev/stderr', JSON.stringify(report));
});
