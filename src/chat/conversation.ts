// A conversation whose messages store their token ids, including the sampled ones. The next turn appends to the ids of the
// history instead of tokenizing it again, so that the cached keys and values of all earlier turns stay valid and only the
// new message is computed. Edited messages and regenerated answers are branches of one tree and share their prefix.

import { assert } from '../base/assert.ts';
import { commonPrefixLength } from '../base/common-prefix.ts';
import { QuireError } from '../base/errors.ts';
import { omitUndefined } from '../base/omit-undefined.ts';
import { checkString } from '../base/option-names.ts';
import { withoutAdapter } from '../completion/adapters.ts';
import type { ChatEncoding, TemplateOptions } from '../completion/chat-message.ts';
import { deferredStream } from '../completion/deferred-stream.ts';
import { failedStream } from '../completion/failed-stream.ts';
import type { GenerationResult, GenerationStream } from '../completion/generation.ts';
import { type ContextPolicy, contextPolicy } from './context-policy.ts';
import { checkCompleter, checkConversationOptions } from './conversation-checks.ts';
import type { ConversationCompleter } from './conversation-completer.ts';
import type {
  ChatResult,
  ChatStream,
  Conversation,
  ConversationMessage,
  ConversationOptions,
  SendOptions,
} from './conversation-types.ts';
import { endAfter } from './end-after.ts';
import type { AnswerReport, MessageNode } from './message-node.ts';
import { MessageTree } from './message-tree.ts';
import { type PreparedTurn, prepareTurn } from './prepare-turn.ts';
import { NO_JOURNAL, type TurnJournal } from './turn-journal.ts';

/** Creates a conversation in memory. Throws `unknown_option` or `bad_option`. */
export function createConversation(
  completer: ConversationCompleter,
  options: ConversationOptions = {},
): Conversation {
  checkCompleter(completer);
  checkConversationOptions(options, [], 'createConversation');
  const { system, contextPolicy: policy, ...templateOptions } = options;
  return new TokenExactConversation(completer, {
    system,
    templateOptions,
    policy: contextPolicy(policy),
    tree: new MessageTree(),
    head: undefined,
    journal: NO_JOURNAL,
  });
}

/** Creates a fork of a conversation with copies of `nodes`. */
export type CreateFork = (nodes: readonly MessageNode[], completer: ConversationCompleter) => Conversation;

export interface ConversationParts {
  readonly system: string | undefined;
  readonly templateOptions: TemplateOptions;
  readonly policy: ContextPolicy;
  readonly tree: MessageTree;
  readonly head: string | undefined;
  readonly journal: TurnJournal;
  /** creates forks that are stored; if absent, forks are in memory */
  readonly makeFork?: CreateFork;
}

/** A turn whose generation has started. */
interface Turn {
  readonly prepared: PreparedTurn;
  /** the new message, or the existing message whose answer is regenerated */
  readonly user: MessageNode;
  readonly answer: MessageNode;
  /** messages that this turn adds to the tree */
  readonly added: readonly MessageNode[];
  readonly stream: GenerationStream;
}

interface Question {
  readonly parent: string | undefined;
  readonly text: string;
  /** the existing message whose answer is regenerated */
  readonly existing?: MessageNode;
}

export class TokenExactConversation implements Conversation {
  readonly tree: MessageTree;
  #completer: ConversationCompleter;
  readonly #parts: ConversationParts;
  #policy: ContextPolicy;
  #head: string | undefined;
  #history: ChatEncoding;
  #busy = false;

  constructor(completer: ConversationCompleter, parts: ConversationParts) {
    this.#completer = completer;
    this.#parts = parts;
    this.#policy = parts.policy;
    this.tree = parts.tree;
    this.#head = parts.head;
    this.#history = this.tree.history(parts.head);
  }

  get messages(): readonly ConversationMessage[] {
    const { system } = this.#parts;
    const systemMessages: ConversationMessage[] =
      system === undefined ? [] : [{ role: 'system', content: system, tokens: [] }];
    const path = this.tree.path(this.#head);
    return [
      ...systemMessages,
      ...path.map(({ id, role, content, tokens }) => ({ id, role, content, tokens })),
    ];
  }

  get head(): string | undefined {
    return this.#head;
  }

  get contextLength(): number {
    return this.#completer.contextLength;
  }

  get tokenCount(): number {
    return this.#history.tokens.length;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** Changes the completer, unless a turn is running. */
  use(completer: ConversationCompleter): void {
    if (!this.#busy) this.#completer = completer;
  }

  /** Replaces `completer` by `other`, if the conversation uses it and no turn is running. */
  replace(completer: ConversationCompleter, other: ConversationCompleter): void {
    if (withoutAdapter(this.#completer) === completer) this.use(other);
  }

  /** Takes effect with the next turn. */
  set policy(policy: ContextPolicy) {
    this.#policy = policy;
  }

  send(text: string, options: SendOptions = {}): ChatStream {
    return this.#run(() => ({ parent: this.#head, text }), options);
  }

  regenerate(answer = this.#head, options: SendOptions = {}): ChatStream {
    return this.#run(() => {
      const { parent } = this.#find(answer, 'assistant');
      const existing = this.#find(parent, 'user');
      return { parent: existing.parent, text: existing.content, existing };
    }, options);
  }

  edit(message: string, text: string, options: SendOptions = {}): ChatStream {
    return this.#run(() => ({ parent: this.#find(message, 'user').parent, text }), options);
  }

  select(message: string): void {
    this.moveHead(message);
    this.#parts.journal.select(this.#head!);
  }

  /** Does the same as `select`, but does not store the new head. */
  moveHead(message: string): void {
    if (this.#busy) throw busyError();
    if (this.tree.get(message) === undefined) throw unknownMessageError(message);
    this.#setHead(this.tree.leafBelow(message).id);
  }

  fork(): Conversation {
    const nodes = this.tree.nodes.filter(({ state }) => state !== 'running');
    const { makeFork } = this.#parts;
    if (makeFork !== undefined) return makeFork(nodes, this.#completer);
    const tree = new MessageTree(nodes);
    return new TokenExactConversation(this.#completer, {
      ...this.#parts,
      policy: this.#policy,
      tree,
      head: this.#head,
      journal: NO_JOURNAL,
    });
  }

  #find(id: string | undefined, role: MessageNode['role']): MessageNode {
    const node = id === undefined ? undefined : this.tree.get(id);
    if (node === undefined) throw unknownMessageError(id);
    if (node.role === role) return node;
    const hint =
      role === 'user' ? 'only messages of the user can be edited' : 'only answers can be regenerated';
    throw new QuireError('bad_option', `the message ${id} has the role ${node.role}`, hint);
  }

  #setHead(head: string | undefined): void {
    this.#head = head;
    this.#history = this.tree.history(head);
  }

  #run(createQuestion: () => Question, options: SendOptions): ChatStream {
    let question: Question;
    try {
      if (this.#busy) throw busyError();
      question = createQuestion();
      checkString('the message', question.text);
    } catch (error) {
      return failedStream(error) as ChatStream;
    }
    this.#busy = true;
    const turn = this.#begin(question, options);
    const result = this.#finish(turn);
    result.catch(() => {}); // the stream reports the same error
    const stream = deferredStream(turn.then((started) => started.stream));
    return {
      accepted: stream.accepted,
      result,
      [Symbol.asyncIterator]: () => endAfter(stream[Symbol.asyncIterator](), result),
    };
  }

  async #begin(question: Question, { signal, ...options }: SendOptions): Promise<Turn> {
    const prepared = await this.#prepare(question, options.maxTokens);
    const { prompt, report } = prepared;
    const model = this.#completer.identity;
    const user = question.existing ?? {
      ...createNode('user', question.parent, {
        model,
        content: question.text,
        droppedMessages: report.droppedMessages,
      }),
      keptTokens: prepared.keptTokens,
      keptText: prepared.keptText,
      tokens: prompt.tokens.slice(prepared.keptTokens),
      rendered: prompt.text.slice(prepared.keptText),
    };
    const storedPrompt = question.existing === undefined ? prompt : this.tree.history(user.id);
    const common = {
      tokens: commonPrefixLength(prompt.tokens, storedPrompt.tokens),
      text: commonPrefixLength(prompt.text, storedPrompt.text),
    };
    const answer: MessageNode = {
      ...createNode('assistant', user.id, { model, content: '', droppedMessages: report.droppedMessages }),
      keptTokens: common.tokens,
      keptText: common.text,
      // If another model regenerates the answer, these are the new rendering of the prompt. Otherwise both are empty.
      tokens: prompt.tokens.slice(common.tokens),
      rendered: prompt.text.slice(common.text),
      state: 'running',
    };
    const addedMessages = question.existing === undefined ? [user, answer] : [answer];
    const { journal } = this.#parts;
    await journal.begin(addedMessages);
    const stream = this.#completer.completeTokens(prompt.tokens, { ...options, signal });
    for (const node of addedMessages) this.tree.put(node);
    journal.watch(answer, () => partialAnswer(answer, stream, this.#completer));
    return { prepared, user, answer, added: addedMessages, stream };
  }

  async #prepare({ parent, text, existing }: Question, maxTokens: number | undefined): Promise<PreparedTurn> {
    const { identity, contextLength } = this.#completer;
    if (existing !== undefined && existing.model === identity) {
      const prompt = this.tree.history(existing.id);
      const { droppedMessages } = existing;
      const report = { policy: this.#policy.kind, droppedMessages, newlyDropped: { messages: 0, tokens: 0 } };
      if (prompt.tokens.length < contextLength)
        return { prompt, report, keptTokens: 0, keptText: 0, rewritten: false };
    }
    const { system, templateOptions } = this.#parts;
    const path = this.tree.path(parent);
    const history = parent === this.#head ? this.#history : this.tree.history(parent);
    const policy = this.#policy;
    const completer = this.#completer;
    return prepareTurn({ completer, system, path, history, text, policy, templateOptions, maxTokens });
  }

  async #finish(turn: Promise<Turn>): Promise<ChatResult> {
    try {
      const started = await turn;
      const { prepared, user, answer, stream } = started;
      const { journal } = this.#parts;
      const context = prepared.report;
      try {
        const result = await stream.result;
        const reported = prepared.rewritten ? correctCacheMiss(result) : result;
        if (result.generatedTokens === 0) {
          await this.#undo(started);
          return { ...reported, context };
        }
        const endedAnswer = completeAnswer(answer, result, this.#completer);
        const unsaved = await journal.end(endedAnswer);
        this.tree.put(endedAnswer);
        this.#setHead(endedAnswer.id);
        const messages = { user: user.id, assistant: endedAnswer.id };
        return { ...reported, context, messages, ...omitUndefined({ unsaved }) };
      } catch (error) {
        if (this.tree.get(answer.id)?.state === 'running') await this.#undo(started);
        throw error;
      }
    } finally {
      this.#busy = false;
    }
  }

  // Removes the messages of a turn that produced no answer.
  async #undo({ added }: Turn): Promise<void> {
    for (const { id } of [...added].reverse()) this.tree.remove(id);
    await this.#parts.journal.drop(added, this.#head);
  }
}

function createNode(
  role: MessageNode['role'],
  parent: string | undefined,
  fields: Pick<MessageNode, 'model' | 'content' | 'droppedMessages'>,
): Omit<MessageNode, 'keptTokens' | 'keptText' | 'tokens' | 'rendered'> {
  return { id: crypto.randomUUID(), parent, role, state: 'complete', createdAt: Date.now(), ...fields };
}

// Returns `answer`, which may begin with a new rendering of its prompt, with the sampled tokens appended.
function withSampledTokens(
  answer: MessageNode,
  tokens: readonly number[],
  completer: ConversationCompleter,
): MessageNode {
  return {
    ...answer,
    tokens: [...answer.tokens, ...tokens],
    rendered: answer.rendered + completer.decodeRaw(tokens),
  };
}

function partialAnswer(
  answer: MessageNode,
  { soFar }: GenerationStream,
  completer: ConversationCompleter,
): MessageNode | undefined {
  const partial = soFar?.();
  if (partial === undefined || partial.tokens.length === 0) return undefined;
  return { ...withSampledTokens(answer, partial.tokens, completer), content: partial.text };
}

function completeAnswer(
  answer: MessageNode,
  result: GenerationResult,
  completer: ConversationCompleter,
): MessageNode {
  assert(answer.state === 'running', 'the answer has already ended');
  const { finishReason, promptTokens, cachedTokens, computedTokens, generatedTokens, seed } = result;
  const report: AnswerReport = {
    finishReason,
    promptTokens,
    cachedTokens,
    computedTokens,
    generatedTokens,
    seed,
  };
  const state = finishReason === 'cancelled' ? 'cancelled' : 'complete';
  return { ...withSampledTokens(answer, result.tokens, completer), content: result.text, state, report };
}

const busyError = (): QuireError =>
  new QuireError(
    'conversation_busy',
    'an answer is still being generated in this conversation',
    'wait until the answer ends, or cancel it',
  );

const unknownMessageError = (id: string | undefined): QuireError =>
  new QuireError(
    'not_found',
    id === undefined ? 'the conversation has no answer yet' : `there is no message ${id.slice(0, 64)}`,
    id === undefined ? 'send a message first' : 'load the conversation to see its messages',
  );

// The cache reports that the history was edited. In this case the template has rendered an unchanged history differently.
function correctCacheMiss(result: GenerationResult): GenerationResult {
  if (result.cache.miss !== 'history_edited') return result;
  return { ...result, cache: { ...result.cache, miss: 'template_rewrote' } };
}
