// A conversation whose messages store their token ids, including the sampled ones. The next turn appends to the ids of the
// history instead of tokenizing it again, so that the cached keys and values of all earlier turns stay valid and only the
// new message is computed. Edited messages and regenerated answers are branches of one tree and share their prefix.

import { assert } from '../base/assert.ts';
import { commonPrefix } from '../base/common-prefix.ts';
import { defined } from '../base/defined.ts';
import { QuireError } from '../base/errors.ts';
import { checkString } from '../base/option-names.ts';
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

/** Creates the conversation of a fork. */
export type MakeFork = (nodes: readonly MessageNode[], completer: ConversationCompleter) => Conversation;

export interface ConversationParts {
  readonly system: string | undefined;
  readonly templateOptions: TemplateOptions;
  readonly policy: ContextPolicy;
  readonly tree: MessageTree;
  readonly head: string | undefined;
  readonly journal: TurnJournal;
  /** creates forks that are stored; without it a fork is in memory */
  readonly makeFork?: MakeFork;
}

/** A turn whose generation has started. */
interface Turn {
  readonly prepared: PreparedTurn;
  /** the new message, or the one whose answer is regenerated */
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
  readonly again?: MessageNode;
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
    const first: ConversationMessage[] =
      system === undefined ? [] : [{ role: 'system', content: system, tokens: [] }];
    const path = this.tree.path(this.#head);
    return [...first, ...path.map(({ id, role, content, tokens }) => ({ id, role, content, tokens }))];
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

  /** Sets the completer, unless a turn is running. */
  use(completer: ConversationCompleter): void {
    if (!this.#busy) this.#completer = completer;
  }

  /** Replaces `completer` by `other`, if it is in use. */
  replace(completer: ConversationCompleter, other: ConversationCompleter): void {
    if (this.#completer === completer) this.use(other);
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
      const again = this.#find(parent, 'user');
      return { parent: again.parent, text: again.content, again };
    }, options);
  }

  edit(message: string, text: string, options: SendOptions = {}): ChatStream {
    return this.#run(() => ({ parent: this.#find(message, 'user').parent, text }), options);
  }

  select(message: string): void {
    this.goTo(message);
    this.#parts.journal.select(this.#head!);
  }

  /** As `select`, without storing the new head. */
  goTo(message: string): void {
    if (this.#busy) throw busy();
    if (this.tree.get(message) === undefined) throw unknownMessage(message);
    this.#goTo(this.tree.leafBelow(message).id);
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
    if (node === undefined) throw unknownMessage(id);
    if (node.role === role) return node;
    const hint =
      role === 'user' ? 'only messages of the user can be edited' : 'only answers can be regenerated';
    throw new QuireError('bad_option', `the message ${id} is a message of the ${node.role}`, hint);
  }

  #goTo(head: string | undefined): void {
    this.#head = head;
    this.#history = this.tree.history(head);
  }

  #run(ask: () => Question, options: SendOptions): ChatStream {
    let question: Question;
    try {
      if (this.#busy) throw busy();
      question = ask();
      checkString('the message', question.text);
    } catch (error) {
      return failedStream(error) as ChatStream;
    }
    this.#busy = true;
    const turn = this.#begin(question, options);
    const result = this.#finish(turn);
    result.catch(() => {}); // the stream reports the same error
    const stream = deferredStream(turn.then((begun) => begun.stream));
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
    const user = question.again ?? {
      ...blank('user', question.parent, {
        model,
        content: question.text,
        droppedMessages: report.droppedMessages,
      }),
      keptTokens: prepared.keptTokens,
      keptText: prepared.keptText,
      tokens: prompt.tokens.slice(prepared.keptTokens),
      rendered: prompt.text.slice(prepared.keptText),
    };
    const before = question.again === undefined ? prompt : this.tree.history(user.id);
    const kept = {
      tokens: commonPrefix(prompt.tokens, before.tokens),
      text: commonPrefix(prompt.text, before.text),
    };
    const answer: MessageNode = {
      ...blank('assistant', user.id, { model, content: '', droppedMessages: report.droppedMessages }),
      keptTokens: kept.tokens,
      keptText: kept.text,
      // Not empty only when another model regenerates an answer: the new rendering of the prompt.
      tokens: prompt.tokens.slice(kept.tokens),
      rendered: prompt.text.slice(kept.text),
      state: 'running',
    };
    const added = question.again === undefined ? [user, answer] : [answer];
    const { journal } = this.#parts;
    await journal.begin(added);
    const stream = this.#completer.completeTokens(prompt.tokens, { ...options, signal });
    for (const node of added) this.tree.put(node);
    journal.watch(answer, () => answerSoFar(answer, stream, this.#completer));
    return { prepared, user, answer, added, stream };
  }

  async #prepare({ parent, text, again }: Question, maxTokens: number | undefined): Promise<PreparedTurn> {
    const { identity, contextLength } = this.#completer;
    if (again !== undefined && again.model === identity) {
      const prompt = this.tree.history(again.id);
      const { droppedMessages } = again;
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
      const begun = await turn;
      const { prepared, user, answer, stream } = begun;
      const { journal } = this.#parts;
      const context = prepared.report;
      try {
        const result = await stream.result;
        const explained = prepared.rewritten ? explainRewriting(result) : result;
        if (result.generatedTokens === 0) {
          await this.#undo(begun);
          return { ...explained, context };
        }
        const ended = endedAnswer(answer, result, this.#completer);
        const unsaved = await journal.end(ended);
        this.tree.put(ended);
        this.#goTo(ended.id);
        const messages = { user: user.id, assistant: ended.id };
        return { ...explained, context, messages, ...defined({ unsaved }) };
      } catch (error) {
        if (this.tree.get(answer.id)?.state === 'running') await this.#undo(begun);
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

function blank(
  role: MessageNode['role'],
  parent: string | undefined,
  rest: Pick<MessageNode, 'model' | 'content' | 'droppedMessages'>,
): Omit<MessageNode, 'keptTokens' | 'keptText' | 'tokens' | 'rendered'> {
  return { id: crypto.randomUUID(), parent, role, state: 'complete', createdAt: Date.now(), ...rest };
}

// Returns `answer`, which may begin with a new rendering of its prompt, with the sampled tokens appended.
function withSampled(
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

function answerSoFar(
  answer: MessageNode,
  { soFar }: GenerationStream,
  completer: ConversationCompleter,
): MessageNode | undefined {
  const reached = soFar?.();
  if (reached === undefined || reached.tokens.length === 0) return undefined;
  return { ...withSampled(answer, reached.tokens, completer), content: reached.text };
}

function endedAnswer(
  answer: MessageNode,
  result: GenerationResult,
  completer: ConversationCompleter,
): MessageNode {
  assert(answer.state === 'running', 'an answer ends only once');
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
  return { ...withSampled(answer, result.tokens, completer), content: result.text, state, report };
}

const busy = (): QuireError =>
  new QuireError(
    'conversation_busy',
    'an answer is still being generated in this conversation',
    'wait until it ends, or cancel it',
  );

const unknownMessage = (id: string | undefined): QuireError =>
  new QuireError(
    'not_found',
    id === undefined ? 'the conversation has no answer yet' : `there is no message ${id.slice(0, 64)}`,
    id === undefined ? 'send a message first' : 'load the conversation to see its messages',
  );

// The cache reports an edited history; here it is known that the template rendered it differently.
function explainRewriting(result: GenerationResult): GenerationResult {
  if (result.cache.miss !== 'history_edited') return result;
  return { ...result, cache: { ...result.cache, miss: 'template_rewrote' } };
}
