// @ts-check
// Holds a conversation with the compiled package, in a process that an emulator may run, and prints its answers as a line of
// JSON. The argument is an object of the type Work (machine.ts) as JSON.

import { createHash } from 'node:crypto';
import { createConversation, loadEngine } from '../../../dist/index.js';

/** @type {import('./machine.ts').Work} */
const { options, questions } = JSON.parse(String(process.argv[2]));

const logits = createHash('sha256');
const engine = await loadEngine({
  ...options,
  onStep: ({ logitsRows }, { logits: rows }) => {
    if (logitsRows.length > 0 && rows !== undefined)
      logits.update(Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength));
  },
});
const conversation = createConversation(engine);
/** @type {import('./machine.ts').Answer[]} */
const answers = [];
for (const question of questions) {
  const sampling = { temperature: 0, maxTokens: 24 };
  const { tokens, text, cache, computedTokens, backend } = await conversation.send(question, sampling).result;
  const digest = logits.copy().digest('hex');
  answers.push({ tokens, text, backend, computedTokens, diskTokens: cache.diskTokens, logits: digest });
}
await engine.dispose();
process.stdout.write(`${JSON.stringify(answers)}\n`);
