// Tests sessions whose `send` fails at any event (turns continue, and no rejection is unhandled), and sessions whose turns wait.

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

test.each(['throws', 'rejects'])('ChatSession completes all turns even if `send` %s', async (mode) => {
  for (let successfulCalls = 0; successfulCalls < 12; successfulCalls++) {
    const store = await openMemoryStore();
    const completer = new CharacterCompleter(...Array.from({ length: 9 }, () => 'Hi'));
    const library = new ConversationLibrary(completer, { store });
    const turns = new Turns(() => {});
    const limits = new KeyLimiter({ limitsOf: () => ({}), capacity: () => undefined });
    let calls = 0;
    const send = (_event: ChatEvent): Promise<void> => {
      if (calls++ < successfulCalls) return Promise.resolve();
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

test('ChatSession counts turns that wait for a reset against the limit, and drops these turns when the socket closes', async () => {
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
  const resetAndSend = { reset: true, message: 'own' } as const;
  for (let i = 0; i < 2; i++) session.receive(resetAndSend);
  expect(() => session.receive(resetAndSend)).toThrow(expect.objectContaining({ code: 'busy' }));
  const closed = session.close();
  load(completer as unknown as TokenCompleter);
  await loaded;
  await closed;
  await turns.close();
  expect(await library.list(OWNER)).toEqual([]);
  await store.close();
});

test('a turn in a stored conversation waits only for the model of the conversation, and can be cancelled during the wait', async () => {
  const store = await openMemoryStore();
  const turns = new Turns(() => {});
  const limits = new KeyLimiter({ limitsOf: () => ({}), capacity: () => undefined });
  const completerNamed = (name: string): TokenCompleter =>
    Object.assign(new CharacterCompleter('Hi', 'Hi'), { info: { model: name } }) as unknown as TokenCompleter;
  let load: (completer: TokenCompleter) => void = () => undefined;
  const lateCompleter = new Promise<TokenCompleter>((resolve) => {
    load = resolve;
  });
  const models = new ModelRegistry([
    { name: 'bad', completer: Promise.reject(new Error('no file')) },
    { name: 'good', completer: completerNamed('good') },
    { name: 'late', completer: lateCompleter },
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
  const id = (await library.create(OWNER, { model: 'good' })).record.id;
  session.receive({ conversation: id, message: 'one' });
  await expect.poll(() => events.at(-1)).toMatchObject({ type: 'end', finishReason: 'stop', model: 'good' });
  await library.change(OWNER, id, { title: 'a name' });
  await store.update(OWNER, id, { model: 'late' });
  const secondLibrary = new ConversationLibrary(
    async (name) => (await models.whenReady(models.nameFor(name))).completer,
    { store },
  );
  const secondSession = new ChatSession(
    { service: { models, conversations: secondLibrary, turns }, limits },
    { send, owner: OWNER, cacheSalt: undefined },
  );
  secondSession.receive({ conversation: id, message: 'two', tag: 'late' });
  secondSession.receive({ conversation: id, cancel: true });
  await expect
    .poll(() => events.at(-1))
    .toMatchObject({ type: 'end', finishReason: 'cancelled', conversation: id, tag: 'late' });
  load(completerNamed('late'));
  await loaded;
  await session.close();
  await secondSession.close();
  expect(turns.of(OWNER, id)?.ended).toBe(true);
  expect((await secondLibrary.open(OWNER, id)).conversation.messages).toHaveLength(2);
  await store.close();
});
