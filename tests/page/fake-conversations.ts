// Conversations as docs/chat-protocol.md describes them, in memory and without a model. Tests get the same answers each time
// and control the speed of the answers.

import type { ServerEvent } from '../../web/src/api/chat-protocol.ts';

export interface FakeMessage {
  readonly id: string;
  readonly parent?: string;
  readonly role: 'user' | 'assistant';
  content: string;
  state: 'complete' | 'running' | 'cancelled' | 'interrupted';
  readonly createdAt: number;
  droppedMessages: number;
  report?: object;
}

export interface FakeConversation {
  readonly id: string;
  title: string;
  system: string | undefined;
  contextPolicy: unknown;
  sampling: object;
  head: string | undefined;
  readonly createdAt: number;
  updatedAt: number;
  tokens: number;
  readonly contextLength: number;
  messages: FakeMessage[];
}

/** A turn with all its events. */
interface FakeTurn {
  readonly conversation: FakeConversation;
  readonly events: ServerEvent[];
  ended: boolean;
  cancelled: boolean;
}

export interface TurnRequest {
  readonly message?: string;
  readonly regenerate?: string;
  readonly edit?: string;
  readonly tag?: string;
}

const CONTEXT_LENGTH = 2048;

export class FakeConversations {
  readonly byId = new Map<string, FakeConversation>();
  readonly turns = new Map<string, FakeTurn>();
  /** answers by message; the answer to any other message quotes the message */
  readonly answers = new Map<string, string>();
  /** number of dropped messages to report with each answer */
  droppedMessages = 0;
  /** called for each change */
  onChange: (change: { conversation: string; updatedAt?: number; deleted?: true }) => void = () => {};
  pieceMs = 0;
  #gate: Promise<void> = Promise.resolve();
  #openGate: () => void = () => {};
  /** number of pieces that may still be sent while answers are paused */
  #allowedPieces = 0;
  #lastNumber = 0;
  #clock = Date.now();

  /** Pauses answers after `pieces` more pieces, until `resumeAnswers` is called. */
  pauseAnswers(pieces = 0): void {
    this.#allowedPieces = pieces;
    this.#gate = new Promise((resolve) => {
      this.#openGate = resolve;
    });
  }

  resumeAnswers(): void {
    this.#openGate();
  }

  create(changes: Partial<FakeConversation> = {}): FakeConversation {
    const now = this.#now();
    const conversation: FakeConversation = {
      id: `c-${this.#nextNumber()}`,
      title: '',
      system: undefined,
      contextPolicy: { kind: 'error' },
      sampling: {},
      head: undefined,
      createdAt: now,
      updatedAt: now,
      tokens: 0,
      contextLength: CONTEXT_LENGTH,
      messages: [],
      ...changes,
    };
    this.byId.set(conversation.id, conversation);
    this.notifyChange(conversation);
    return conversation;
  }

  notifyChange({ id, updatedAt }: FakeConversation): void {
    this.onChange({ conversation: id, updatedAt });
  }

  remove(id: string): void {
    if (this.byId.delete(id)) this.onChange({ conversation: id, deleted: true });
  }

  /** @param after id of the last conversation of the previous page */
  list(search: string, after: string | null, limit: number): readonly FakeConversation[] {
    const matches = (text: string): boolean => text.toLowerCase().includes(search.toLowerCase());
    const foundConversations = [...this.byId.values()]
      .reverse()
      .filter(({ title, messages }) => matches(title) || messages.some(({ content }) => matches(content)))
      .sort((a, b) => b.updatedAt - a.updatedAt);
    const from = after === null ? 0 : foundConversations.findIndex(({ id }) => id === after) + 1;
    return foundConversations.slice(from, from + limit);
  }

  /** Sets the head to the last message of a branch that contains `message`. */
  select(conversation: FakeConversation, message: string): void {
    let leaf = message;
    for (;;) {
      const next = conversation.messages.findLast(({ parent }) => parent === leaf);
      if (!next) break;
      leaf = next.id;
    }
    conversation.head = leaf;
  }

  fork(conversation: FakeConversation, message = conversation.head): FakeConversation {
    const branch = this.branch(conversation, message);
    return this.create({ ...conversation, id: `c-${this.#nextNumber()}`, head: message, messages: branch });
  }

  branch({ messages }: FakeConversation, head: string | undefined): FakeMessage[] {
    const headMessage = messages.find(({ id }) => id === head);
    if (!headMessage) return [];
    return [...this.branch({ messages } as FakeConversation, headMessage.parent), headMessage];
  }

  /** Starts a turn. Its events are recorded and passed to `emit`. */
  startTurn(conversation: FakeConversation, request: TurnRequest, emit: (event: ServerEvent) => void): void {
    const user = this.#addQuestion(conversation, request);
    const answer = this.#addMessage(conversation, user.id, 'assistant', '', 'running');
    const turn: FakeTurn = { conversation, events: [], ended: false, cancelled: false };
    this.turns.set(conversation.id, turn);
    if (conversation.title === '') conversation.title = user.content.slice(0, 60);
    conversation.updatedAt = this.#now();
    this.notifyChange(conversation);
    this.#generateAnswer(turn, user, answer, request.tag, emit).catch((error: unknown) =>
      emit({ type: 'error', code: 'internal', message: String(error), conversation: conversation.id }),
    );
  }

  cancel(id: string): void {
    const turn = this.turns.get(id);
    if (turn) turn.cancelled = true;
    this.resumeAnswers();
  }

  #addQuestion(conversation: FakeConversation, { message, regenerate, edit }: TurnRequest): FakeMessage {
    const find = (id: string | undefined) => conversation.messages.find((candidate) => candidate.id === id);
    if (regenerate !== undefined) return find(find(regenerate)?.parent)!;
    const parent = edit === undefined ? conversation.head : find(edit)?.parent;
    return this.#addMessage(conversation, parent, 'user', message ?? '', 'complete');
  }

  #addMessage(
    { messages }: FakeConversation,
    parent: string | undefined,
    role: FakeMessage['role'],
    content: string,
    state: FakeMessage['state'],
  ): FakeMessage {
    const message: FakeMessage = {
      id: `m-${this.#nextNumber()}`,
      ...(parent !== undefined && { parent }),
      role,
      content,
      state,
      createdAt: this.#now(),
      droppedMessages: this.droppedMessages,
    };
    messages.push(message);
    return message;
  }

  async #generateAnswer(
    turn: FakeTurn,
    user: FakeMessage,
    answer: FakeMessage,
    tag: string | undefined,
    emit: (event: ServerEvent) => void,
  ): Promise<void> {
    const { conversation, events } = turn;
    const push = (event: ServerEvent): void => {
      const numbered = { ...event, conversation: conversation.id, n: this.#nextNumber() };
      events.push(numbered);
      emit(numbered);
    };
    push({ type: 'start', content: '', ...(tag !== undefined && { tag }) });
    for (const piece of this.#textFor(conversation, user).match(/\S+\s*/g) ?? []) {
      await new Promise((resolve) => setTimeout(resolve, this.pieceMs));
      if (this.#allowedPieces > 0) this.#allowedPieces -= 1;
      else await this.#gate;
      if (turn.cancelled) break;
      answer.content += piece;
      push({ type: 'stream', content: piece });
    }
    this.#endTurn(turn, user, answer, push);
  }

  #textFor({ messages }: FakeConversation, user: FakeMessage): string {
    const configured = this.answers.get(user.content);
    if (configured !== undefined) return configured;
    const count = messages.filter(({ parent }) => parent === user.id).length;
    return `Answer ${count} to “${user.content}”.`;
  }

  #endTurn(turn: FakeTurn, user: FakeMessage, answer: FakeMessage, push: (event: ServerEvent) => void): void {
    const { conversation } = turn;
    turn.ended = true;
    conversation.updatedAt = this.#now();
    const finishReason = turn.cancelled ? 'cancelled' : 'stop';
    const report = this.#report(conversation, answer, finishReason);
    const context = { policy: 'truncate', droppedMessages: this.droppedMessages };
    const common = { type: 'end', finishReason, usage: report, context, title: conversation.title } as const;
    if (answer.content === '') {
      conversation.messages = conversation.messages.filter((stored) => stored !== answer && stored !== user);
      push(common);
      return;
    }
    answer.state = turn.cancelled ? 'cancelled' : 'complete';
    answer.report = report;
    conversation.head = answer.id;
    this.notifyChange(conversation);
    push({ ...common, messages: { user: user.id, assistant: answer.id } });
  }

  #report(conversation: FakeConversation, answer: FakeMessage, finishReason: 'stop' | 'cancelled') {
    const countTokens = (text: string): number => 2 + text.split(/\s+/).length;
    const before = this.branch(conversation, answer.parent);
    const promptTokens = before.reduce((sum, { content }) => sum + countTokens(content), 8);
    const generatedTokens = answer.content === '' ? 0 : countTokens(answer.content);
    const cachedTokens = before.length > 1 ? promptTokens - countTokens(before.at(-1)?.content ?? '') : 0;
    conversation.tokens = promptTokens + generatedTokens;
    return {
      finishReason,
      promptTokens,
      cachedTokens,
      computedTokens: promptTokens - cachedTokens + generatedTokens,
      generatedTokens,
      ttftMs: 42,
      decodeTokensPerSecond: 71,
      contextLength: CONTEXT_LENGTH,
      contextUsed: conversation.tokens,
      seed: 7,
    };
  }

  #nextNumber(): number {
    this.#lastNumber += 1;
    return this.#lastNumber;
  }

  /** Returns a different time at each call, so that lists have a defined order. */
  #now(): number {
    this.#clock = Math.max(Date.now(), this.#clock + 1);
    return this.#clock;
  }
}
