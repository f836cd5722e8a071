// Preloaded with `node --import`: periodically checks every event emitter of the process, and records emitters without an error
// listener, because the first error of such an emitter ends the process. At exit the report is written to the file that the
// environment variable EMITTER_REPORT names.

import { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { writeFileSync } from 'node:fs';
import { IncomingMessage } from 'node:http';
import { Server } from 'node:net';
import { Stream } from 'node:stream';
import { Worker } from 'node:worker_threads';

const CHECK_MS = 5;

/** @type {Set<{ emitter: WeakRef<EventEmitter>, creationStack: string }>} */
const emitters = new Set();
/** @type {Map<string, number>} number of checks by class name */
const kinds = new Map();
/** @type {Set<string>} */
const withoutListener = new Set();

/** @type {{ init: (this: EventEmitter, options: unknown) => void }} */
const emitterClass = /** @type {any} */ (EventEmitter);
const { init } = emitterClass;
emitterClass.init = function (options) {
  const creationStack = new Error().stack?.split('\n').slice(2, 12).join('\n') ?? '';
  emitters.add({ emitter: new WeakRef(this), creationStack });
  init.call(this, options);
};

/** @param {EventEmitter} emitter */
function canFail(emitter) {
  if (emitter instanceof IncomingMessage) return false; // Node ignores errors of this class if it has no listener
  if (emitter.constructor.name === 'ReadableWorkerStdio') return false; // receives data as messages, which cannot fail
  if (emitter instanceof Stream) return !(/** @type {any} */ (emitter).destroyed);
  if (emitter instanceof Worker) return emitter.threadId !== -1; // still running
  if (emitter instanceof Server || emitter instanceof ChildProcess) return true;
  return /^(WebSocket|WebSocketServer|BoundPool|Pool|Client|Connection)$/.test(emitter.constructor.name);
}

function check() {
  for (const entry of emitters) {
    const emitter = entry.emitter.deref();
    if (emitter === undefined) {
      emitters.delete(entry);
      continue;
    }
    if (!canFail(emitter)) continue;
    const kind = emitter.constructor.name;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    if (emitter.listenerCount('error') === 0) withoutListener.add(`${kind}, created\n${entry.creationStack}`);
  }
}

setInterval(check, CHECK_MS).unref();
process.on('exit', () => {
  const report = { kinds: [...kinds.keys()], withoutListener: [...withoutListener] };
  writeFileSync(process.env.EMITTER_REPORT ?? '/dev/stderr', JSON.stringify(report));
});
