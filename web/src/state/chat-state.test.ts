import { expect, test } from 'vitest';
import type { FinishReason, ServerEvent, Usage } from '../api/chat-protocol.ts';
import {
  type ChatAction,
  type ChatState,
  chatReducer,
  fullContext,
  initialChat,
  isDiscarded,
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

test('a turn passes through sent, reading, writing and done', () => {
  const steps = [sent(), start, piece('Mount '), piece('Everest'), end()];
  const phases = steps.map((_, index) => phase(after(...steps.slice(0, index + 1))));
  expect(phases).toEqual(['sent', 'reading', 'writing', 'writing', 'done']);
  const turn = after(...steps).turns[0];
  expect(turn).toMatchObject({ question: 'hello', answer: 'Mount Everest', finishReason: 'stop' });
  expect(turn?.usage?.computedTokens).toBe(29);
});

test('an end event without usage or reason, as in the first protocol, ends a turn', () => {
  const state = after(sent(), start, piece('x'), received({ type: 'end' }));
  expect(state.turns[0]).toMatchObject({ phase: 'done', finishReason: 'stop' });
  expect(latestUsage(state)).toBeUndefined();
});

test('only a running turn can be stopped', () => {
  expect(runningTurn(after())).toBeUndefined();
  expect(runningTurn(after(sent(), start, { type: 'stopping' }))?.stopping).toBe(true);
  expect(runningTurn(after(sent(), start, end('cancelled')))).toBeUndefined();
});

test('a turn stopped before its first token is discarded; one stopped later is not', () => {
  const early = after(sent(), start, end('cancelled', { generatedTokens: 0 }));
  const late = after(sent(), start, piece('Mount'), end('cancelled', { generatedTokens: 1 }));
  expect(early.turns.map(isDiscarded)).toEqual([true]);
  expect(late.turns.map(isDiscarded)).toEqual([false]);
});

test('an error that ends the answer fails the turn and keeps earlier turns', () => {
  const state = after(sent('a'), start, end(), sent('b'), start, tooLong);
  expect(state.turns.map((turn) => turn.phase)).toEqual(['done', 'failed']);
  expect(state.turns[1]?.error?.message).toBe('too long');
  expect(state.turns.map(isDiscarded)).toEqual([false, true]);
});

test('an error without `ended` fails a turn that has not started, but not a running one', () => {
  const refusal = received({ type: 'error', code: 'bad_message', message: 'too large' });
  expect(phase(after(sent(), refusal))).toBe('failed');
  expect(phase(after(sent(), start, refusal))).toBe('reading');
  expect(after(refusal).turns).toEqual([]);
});

test('after a lost connection the turns stay on the page and count as lost', () => {
  const lost = after(sent('a'), start, end(), sent('b'), start, piece('half'), closed);
  expect(lost.connection).toBe('lost');
  expect(lost.turns.map((turn) => turn.phase)).toEqual(['done', 'lost']);
  expect(lost.lostTurns).toBe(2);
  expect(latestUsage(lost)).toBeUndefined();
  const again = [opened, sent('c'), start, end()].reduce(chatReducer, lost);
  expect(again.turns).toHaveLength(3);
  expect(latestUsage(again)?.contextUsed).toBe(30);
});

test('after a reset, events of the old conversation are ignored', () => {
  const state = after(sent('old'), start, { type: 'resetting' }, sent('new'), piece('old'), end('cancelled'));
  expect(state.turns).toMatchObject([{ question: 'new', answer: '', phase: 'sent' }]);
  const next = [received({ type: 'reset' }), start, piece('fresh')].reduce(chatReducer, state);
  expect(next.turns).toMatchObject([{ question: 'new', answer: 'fresh', phase: 'writing' }]);
});

test('a reset without a connection takes effect at once', () => {
  const state = [closed, { type: 'resetting' } as const, opened, sent(), start, end()].reduce(
    chatReducer,
    after(sent('old')),
  );
  expect(state.turns).toMatchObject([{ question: 'hello', phase: 'done' }]);
});

test('turn ids are not reused', () => {
  const state = after(sent('a'), end(), { type: 'resetting' }, received({ type: 'reset' }), sent('b'));
  expect(state.turns[0]?.id).toBe(2);
});

test('fullContext returns both numbers, for a rejected message and for a full context', () => {
  expect(fullContext(after(sent(), start, tooLong))).toEqual({ used: 1100, length: 1024, rejected: true });
  const reached = after(sent(), start, end('length', { contextUsed: 1024 }));
  expect(fullContext(reached)).toEqual({ used: 1024, length: 1024, rejected: false });
});

test('an answer cut by the length limit does not make the context full', () => {
  expect(fullContext(after(sent(), start, end('length')))).toBeUndefined();
  expect(fullContext(after(sent(), start, end('stop', { contextUsed: 1020 })))).toBeUndefined();
  expect(fullContext(after(sent(), start, tooLong, closed))).toBeUndefined();
});
