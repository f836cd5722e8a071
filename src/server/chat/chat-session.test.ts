// A session whose peer cannot be told: sending throws or rejects at any event. The answers go on, and nothing rejects into
// the void.

import { expect, test } from 'vitest';
import { Letters } from '../../../tests/support/letters.ts';
import { ConversationLibrary } from '../../chat/conversation-library.ts';
import { openMemoryStore } from '../../chat/storage/open-store.ts';
import type { Engine } from '../../engine/engine.ts';
import { KeyLimiter } from '../key-limits.ts';
import type { ChatEvent } from './chat-events.ts';
import { ChatSession } from './chat-session.ts';
import { LiveTurns } from './live-turns.ts';

const OWNER = 'me';
const FRAMES = [
  { conversation: 'new', message: 'one' },
  { message: 'own' },
  { reset: true, message: 'own again' },
  { conversation: 'nobody', message: 'x' },
  { conversation: 'nobody', resume: 3 },
  { conversation: 'new', message: 'y'.repeat(200) }, // too long
  { watch: true, ping: 1 },
] as const;

test.each(['throws', 'rejects'])('a peer that %s', async (mode) => {
  for (let at = 0; at < 12; at++) {
    const store = await openMemoryStore();
    const completer = new Letters(...Array.from({ length: 9 }, () => 'Hi'));
    const library = new ConversationLibrary(completer, { store });
    const turns = new LiveTurns(() => {});
    const limits = new KeyLimiter({ limitsOf: () => ({}), places: () => undefined });
    let calls = 0;
    const send = (_event: ChatEvent): Promise<void> => {
      if (calls++ < at) return Promise.resolve();
      if (mode === 'throws') throw new Error('thrown by a peer');
      return Promise.reject(new Error('rejected by a peer'));
    };
    const engine = Promise.resolve(completer as unknown as Engine);
    const session = new ChatSession(
      { engine, library, turns, limits },
      { send, owner: OWNER, cacheSalt: undefined },
    );
    for (const frame of FRAMES) session.receive(frame);
    await expect.poll(async () => (await library.list(OWNER)).length).toBeGreaterThanOrEqual(2);
    await session.close();
    await turns.close();
    for (const { id } of await library.list(OWNER)) {
      const { conversation } = await library.open(OWNER, id);
      expect(conversation.messages.at(-1)?.content).toBe('Hi');
      expect(conversation.busy).toBe(false);
    }
    await store.close();
  }
});
