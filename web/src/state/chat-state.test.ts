import { expect, test } from 'vitest';
import type { FinishReason, ServerEvent, Usage } from '../api/chat-protocol.ts';
import {
  type ChatAction,
  type ChatState,
  chatReducer,
  fullContextOf,
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

const openAction: ChatAction = { type: 'opened' };
const closeAction: ChatAction = { type: 'closed' };
const sendAction = (text = 'hello'): ChatAction => ({ type: 'sent', text });
const receiveAction = (event: ServerEvent): ChatAction => ({ type: 'received', event });
const startAction = receiveAction({ type: 'start', content: '' });
const streamAction = (content: string): ChatAction => receiveAction({ type: 'stream', content });
const endAction = (finishReason: FinishReason = 'stop', changes: Partial<Usage> = {}): ChatAction =>
  receiveAction({ type: 'end', finishReason, usage: usage(changes) });
const contextExceededAction = receiveAction({
  type: 'error',
  code: 'context_length_exceeded',
  message: 'too long',
  ended: true,
  promptTokens: 1100,
  contextLength: 1024,
});

const stateAfter = (...actions: readonly ChatAction[]): ChatState =>
  [openAction, ...actions].reduce(chatReducer, initialChat);
const phaseOf = (state: ChatState): string | undefined => state.turns.at(-1)?.phase;

test('the phases of a turn are sent, reading, writing and done', () => {
  const steps = [sendAction(), startAction, streamAction('Mount '), streamAction('Everest'), endAction()];
  const phases = steps.map((_, index) => phaseOf(stateAfter(...steps.slice(0, index + 1))));
  expect(phases).toEqual(['sent', 'reading', 'writing', 'writing', 'done']);
  const turn = stateAfter(...steps).turns[0];
  expect(turn).toMatchObject({ question: 'hello', answer: 'Mount Everest', finishReason: 'stop' });
  expect(turn?.usage?.computedTokens).toBe(29);
});

test('an end event without usage or reason, as in the first version of the protocol, ends a turn', () => {
  const state = stateAfter(sendAction(), startAction, streamAction('x'), receiveAction({ type: 'end' }));
  expect(state.turns[0]).toMatchObject({ phase: 'done', finishReason: 'stop' });
  expect(latestUsage(state)).toBeUndefined();
});

test('only a running turn can be stopped', () => {
  expect(runningTurn(stateAfter())).toBeUndefined();
  expect(runningTurn(stateAfter(sendAction(), startAction, { type: 'stopping' }))?.stopping).toBe(true);
  expect(runningTurn(stateAfter(sendAction(), startAction, endAction('cancelled')))).toBeUndefined();
});

test('isDiscarded is true for a turn stopped before its first token, and false for a turn stopped later', () => {
  const stoppedEarly = stateAfter(sendAction(), startAction, endAction('cancelled', { generatedTokens: 0 }));
  const stoppedLater = stateAfter(
    sendAction(),
    startAction,
    streamAction('Mount'),
    endAction('cancelled', { generatedTokens: 1 }),
  );
  expect(stoppedEarly.turns.map(isDiscarded)).toEqual([true]);
  expect(stoppedLater.turns.map(isDiscarded)).toEqual([false]);
});

test('an error that ends the answer fails the turn and keeps earlier turns', () => {
  const state = stateAfter(
    sendAction('a'),
    startAction,
    endAction(),
    sendAction('b'),
    startAction,
    contextExceededAction,
  );
  expect(state.turns.map((turn) => turn.phase)).toEqual(['done', 'failed']);
  expect(state.turns[1]?.error?.message).toBe('too long');
  expect(state.turns.map(isDiscarded)).toEqual([false, true]);
});

test('an error without `ended` fails a turn that has not started, but not a running turn', () => {
  const rejection = receiveAction({ type: 'error', code: 'bad_message', message: 'too large' });
  expect(phaseOf(stateAfter(sendAction(), rejection))).toBe('failed');
  expect(phaseOf(stateAfter(sendAction(), startAction, rejection))).toBe('reading');
  expect(stateAfter(rejection).turns).toEqual([]);
});

test('turns stay on the page and are counted as lost when the connection is lost', () => {
  const lostState = stateAfter(
    sendAction('a'),
    startAction,
    endAction(),
    sendAction('b'),
    startAction,
    streamAction('half'),
    closeAction,
  );
  expect(lostState.connection).toBe('lost');
  expect(lostState.turns.map((turn) => turn.phase)).toEqual(['done', 'lost']);
  expect(lostState.lostTurns).toBe(2);
  expect(latestUsage(lostState)).toBeUndefined();
  const reconnected = [openAction, sendAction('c'), startAction, endAction()].reduce(chatReducer, lostState);
  expect(reconnected.turns).toHaveLength(3);
  expect(latestUsage(reconnected)?.contextUsed).toBe(30);
});

test('events of the old conversation are ignored after a reset', () => {
  const state = stateAfter(
    sendAction('old'),
    startAction,
    { type: 'resetting' },
    sendAction('new'),
    streamAction('old'),
    endAction('cancelled'),
  );
  expect(state.turns).toMatchObject([{ question: 'new', answer: '', phase: 'sent' }]);
  const next = [receiveAction({ type: 'reset' }), startAction, streamAction('fresh')].reduce(
    chatReducer,
    state,
  );
  expect(next.turns).toMatchObject([{ question: 'new', answer: 'fresh', phase: 'writing' }]);
});

test('a reset without a connection takes effect at once', () => {
  const state = [
    closeAction,
    { type: 'resetting' } as const,
    openAction,
    sendAction(),
    startAction,
    endAction(),
  ].reduce(chatReducer, stateAfter(sendAction('old')));
  expect(state.turns).toMatchObject([{ question: 'hello', phase: 'done' }]);
});

test('turn ids are not reused', () => {
  const state = stateAfter(
    sendAction('a'),
    endAction(),
    { type: 'resetting' },
    receiveAction({ type: 'reset' }),
    sendAction('b'),
  );
  expect(state.turns[0]?.id).toBe(2);
});

test('fullContextOf returns the token counts for a rejected message and for a full context', () => {
  expect(fullContextOf(stateAfter(sendAction(), startAction, contextExceededAction))).toEqual({
    used: 1100,
    length: 1024,
    rejected: true,
  });
  const filled = stateAfter(sendAction(), startAction, endAction('length', { contextUsed: 1024 }));
  expect(fullContextOf(filled)).toEqual({ used: 1024, length: 1024, rejected: false });
});

test('fullContextOf returns undefined for an answer that was truncated by its length limit', () => {
  expect(fullContextOf(stateAfter(sendAction(), startAction, endAction('length')))).toBeUndefined();
  expect(
    fullContextOf(stateAfter(sendAction(), startAction, endAction('stop', { contextUsed: 1020 }))),
  ).toBeUndefined();
  expect(
    fullContextOf(stateAfter(sendAction(), startAction, contextExceededAction, closeAction)),
  ).toBeUndefined();
});
