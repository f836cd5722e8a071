import { expect, test } from 'vitest';
import type { FinishReason, ServerEvent, Usage } from '../api/chat-protocol.ts';
import {
  type ChatAction,
  type ChatState,
  chatReducer,
  fullContext,
  initialChat,
  isUnheard,
  latestUsage,
  runningTurn,
} from './chat-state.ts';

const usage = (changes: Partial<Usage> = {}): Usage => ({
  promptTokens: 20,
  cachedTokens: 0,
  computedTokens: 29,
  generatedTokens: 10,
  ttftMs: 40,
  decodeTokensPerSecond: 70,
  contextLength: 1024,
  contextUsed: 30,
  ...changes,
});

const opened: ChatAction = { type: 'opened' };
const closed: ChatAction = { type: 'closed' };
const sent = (text = 'hello'): ChatAction => ({ type: 'sent', text });
const received = (event: ServerEvent): ChatAction => ({ type: 'received', event });
const start = received({ type: 'start', content: '' });
const piece = (content: string): ChatAction => received({ type: 'stream', content });
const end = (finishReason: FinishReason = 'stop', changes: Partial<Usage> = {}): ChatAction =>
  received({ type: 'end', finishReason, usage: usage(changes) });
const tooLong = received({
  type: 'error',
  code: 'context_length_exceeded',
  message: 'too long',
  ended: true,
  promptTokens: 1100,
  contextLength: 1024,
});

const after = (...actions: readonly ChatAction[]): ChatState =>
  [opened, ...actions].reduce(chatReducer, initialChat);
const phase = (state: ChatState): string | undefined => state.turns.at(-1)?.phase;

test('a turn goes from sent over reading and writing to done', () => {
  const steps = [sent(), start, piece('Mount '), piece('Everest'), end()];
  const phases = steps.map((_, index) => phase(after(...steps.slice(0, index + 1))));
  expect(phases).toEqual(['sent', 'reading', 'writing', 'writing', 'done']);
  const turn = after(...steps).turns[0];
  expect(turn).toMatchObject({ question: 'hello', answer: 'Mount Everest', finishReason: 'stop' });
  expect(turn?.usage?.computedTokens).toBe(29);
});

test('the first protocol is enough: an end without usage or reason', () => {
  const state = after(sent(), start, piece('x'), received({ type: 'end' }));
  expect(state.turns[0]).toMatchObject({ phase: 'done', finishReason: 'stop' });
  expect(latestUsage(state)).toBeUndefined();
});

test('only an answer under way is running, and it can be asked to stop', () => {
  expect(runningTurn(after())).toBeUndefined();
  expect(runningTurn(after(sent(), start, { type: 'stopping' }))?.stopping).toBe(true);
  expect(runningTurn(after(sent(), start, end('cancelled')))).toBeUndefined();
});

test('a turn that was stopped before its first token is unheard, a later stop is not', () => {
  const early = after(sent(), start, end('cancelled', { generatedTokens: 0 }));
  const late = after(sent(), start, piece('Mount'), end('cancelled', { generatedTokens: 1 }));
  expect(early.turns.map(isUnheard)).toEqual([true]);
  expect(late.turns.map(isUnheard)).toEqual([false]);
});

test('an error that ends the answer fails the turn and leaves the earlier ones', () => {
  const state = after(sent('a'), start, end(), sent('b'), start, tooLong);
  expect(state.turns.map((turn) => turn.phase)).toEqual(['done', 'failed']);
  expect(state.turns[1]?.error?.message).toBe('too long');
  expect(state.turns.map(isUnheard)).toEqual([false, true]);
});

test('the refusal of a frame fails a turn that has not begun, but not one that has', () => {
  const refusal = received({ type: 'error', code: 'bad_message', message: 'too large' });
  expect(phase(after(sent(), refusal))).toBe('failed');
  expect(phase(after(sent(), start, refusal))).toBe('reading');
  expect(after(refusal).turns).toEqual([]);
});

test('a lost connection keeps what is shown, but the server has forgotten it', () => {
  const lost = after(sent('a'), start, end(), sent('b'), start, piece('half'), closed);
  expect(lost.connection).toBe('lost');
  expect(lost.turns.map((turn) => turn.phase)).toEqual(['done', 'lost']);
  expect(lost.forgotten).toBe(2);
  expect(latestUsage(lost)).toBeUndefined();
  const again = [opened, sent('c'), start, end()].reduce(chatReducer, lost);
  expect(again.turns).toHaveLength(3);
  expect(latestUsage(again)?.contextUsed).toBe(30);
});

test('after a reset, what still comes from the old conversation is dropped', () => {
  const state = after(sent('old'), start, { type: 'resetting' }, sent('new'), piece('old'), end('cancelled'));
  expect(state.turns).toMatchObject([{ question: 'new', answer: '', phase: 'sent' }]);
  const next = [received({ type: 'reset' }), start, piece('fresh')].reduce(chatReducer, state);
  expect(next.turns).toMatchObject([{ question: 'new', answer: 'fresh', phase: 'writing' }]);
});

test('a reset without a connection waits for nothing', () => {
  const state = [closed, { type: 'resetting' } as const, opened, sent(), start, end()].reduce(
    chatReducer,
    after(sent('old')),
  );
  expect(state.turns).toMatchObject([{ question: 'hello', phase: 'done' }]);
});

test('ids are not used twice, so that rows keep their identity', () => {
  const state = after(sent('a'), end(), { type: 'resetting' }, received({ type: 'reset' }), sent('b'));
  expect(state.turns[0]?.id).toBe(2);
});

test('a full context is told with both numbers, refused or reached', () => {
  expect(fullContext(after(sent(), start, tooLong))).toEqual({ used: 1100, length: 1024, refused: true });
  const reached = after(sent(), start, end('length', { contextUsed: 1024 }));
  expect(fullContext(reached)).toEqual({ used: 1024, length: 1024, refused: false });
});

test('an answer that was cut for another reason does not fill the context', () => {
  expect(fullContext(after(sent(), start, end('length')))).toBeUndefined();
  expect(fullContext(after(sent(), start, end('stop', { contextUsed: 1020 })))).toBeUndefined();
  expect(fullContext(after(sent(), start, tooLong, closed))).toBeUndefined();
});
