// Sessions whose send function fails at any event: turns continue, and no rejection is unhandled. Sessions whose turns wait for
// each other.

import { expect, test } from 'vitest';
import { CharacterCompleter } from '../../../../tests/support/chat/character-completer.ts';
import { ConversationLibrary } from '../../../chat/conversation-library.ts';
import { openMemoryStore } from '../../../chat/storage/open-store.ts';
import type { TokenCompleter } from '../../../completion/completer.ts';
import { ModelRegistry } from '../../../service/model-registry.ts';
import { Turns } from '../../../service/turns.ts';
import { KeyLimiter } from '../../http/keys/key-limiter.ts';
import type { ChatEvent } from './chat-events.ts';
import { ChatSession } from './chat-session.ts';

const OWNER = 'me';
const FRAMES = [
  { conversation: 'new', message: 'one' },
  { message: 'own' },
  { reset: true, message: 'own again' },
  { conversation: 'nobody', message: 'x' },
  { conversation: 'nobody', resume: 3, turn: 'none' },
  { conversation: 'new', message: 'y'.repeat(200) }, // too long
  { watch: true, ping: 1 },
] as const;

test.each(['throws', 'rejects'])('turns complete although send %s', async (mode) => {
  for (let at = 0; at < 12; at++) {
    const store = await openMemoryStore();
    const completer = new CharacterCompleter(...Array.from({ length: 9 }, () => 'Hi'));
    const library = new ConversationLibrary(completer, { store });
    const turns = new Turns(() => {});
    const limits = new KeyLimiter({ limitsOf: () => ({}), capacity: () => undefined });
    let calls = 0;
    const send = (_event: ChatEvent): Promise<void> => {
      if (calls++ < at) return Promise.resolve();
      if (mode === 'throws') throw new Error('thrown by send');
      return Promise.reject(new Error('rejected by send'));
    };
    const models = new ModelRegistry([{ completer: completer as unknown as TokenCompleter }]);
    await models.loadAll();
    const session = new ChatSession(
      { service: { models, conversations: library, turns }, limits },
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

test('turns waiting behind a reset count against the limit, and are dropped when the socket closes', async () => {
  const store = await openMemoryStore();
  const completer = new CharacterCompleter('Hi', 'Hi');
  const library = new ConversationLibrary(completer, { store });
  const turns = new Turns(() => {});
  const limits = new KeyLimiter({ limitsOf: () => ({}), capacity: () => undefined });
  let load: (completer: TokenCompleter) => void = () => undefined;
  const loading = new Promise<TokenCompleter>((resolve) => {
    load = resolve;
  });
  const models = new ModelRegistry([{ completer: loading }]);
  const loaded = models.loadAll();
  const send = (): Promise<void> => Promise.resolve();
  const session = new ChatSession(
    { service: { models, conversations: library, turns }, limits, maxTurns: 2 },
    { send, owner: OWNER, cacheSalt: undefined },
  );
  const again = { reset: true, message: 'own' } as const;
  for (let turn = 0; turn < 2; turn++) session.receive(again);
  expect(() => session.receive(again)).toThrow(expect.objectContaining({ code: 'busy' }));
  const closed = session.close();
  load(completer as unknown as TokenCompleter);
  await loaded;
  await closed;
  await turns.close();
  expect(await library.list(OWNER)).toEqual([]);
  await store.close();
});

test('a stored conversation only waits for its own model, and the waiting turn can be cancelled', async () => {
  const store = await openMemoryStore();
  const turns = new Turns(() => {});
  const limits = new KeyLimiter({ limitsOf: () => ({}), capacity: () => undefined });
  const named = (name: string): TokenCompleter =>
    Object.assign(new CharacterCompleter('Hi', 'Hi'), { info: { model: name } }) as unknown as TokenCompleter;
  let load: (completer: TokenCompleter) => void = () => undefined;
  const late = new Promise<TokenCompleter>((resolve) => {
    load = resolve;
  });
  const models = new ModelRegistry([
    { name: 'bad', completer: Promise.reject(new Error('no file')) },
    { name: 'good', completer: named('good') },
    { name: 'late', completer: late },
  ]);
  const loaded = models.loadAll();
  await models.whenReady('good');
  const library = new ConversationLibrary(
    async (name) => (await models.whenReady(models.nameFor(name))).completer,
    { store },
  );
  const events: ChatEvent[] = [];
  const send = async (event: ChatEvent): Promise<void> => {
    events.push(event);
  };
  const session = new ChatSession(
    { service: { models, conversations: library, turns }, limits },
    { send, owner: OWNER, cacheSalt: undefined },
  );
  const good = (await library.create(OWNER, { model: 'good' })).record.id;
  session.receive({ conversation: good, message: 'one' });
  await expect.poll(() => events.at(-1)).toMatchObject({ type: 'end', finishReason: 'stop', model: 'good' });
  await library.change(OWNER, good, { title: 'a name' });
  await store.update(OWNER, good, { model: 'late' });
  const waiting = new ConversationLibrary(
    async (name) => (await models.whenReady(models.nameFor(name))).completer,
    { store },
  );
  const other = new ChatSession(
    { service: { models, conversations: waiting, turns }, limits },
    { send, owner: OWNER, cacheSalt: undefined },
  );
  other.receive({ conversation: good, message: 'two', tag: 'late' });
  other.receive({ conversation: good, cancel: true });
  await expect
    .poll(() => events.at(-1))
    .toMatchObject({ type: 'end', finishReason: 'cancelled', conversation: good, tag: 'late' });
  load(named('late'));
  await loaded;
  await session.close();
  await other.close();
  expect(turns.of(OWNER, good)?.ended).toBe(true);
  expect((await waiting.open(OWNER, good)).conversation.messages).toHaveLength(2);
  await store.close();
});
