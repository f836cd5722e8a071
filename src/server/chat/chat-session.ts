// One socket: takes commands for its own conversation and for those that it names, and sends the events of their turns.
// What one conversation does waits for nothing that another does. Its own one ends with the socket; the others go on.

import { abortError, asQuireError, QuireError } from '../../base/errors.ts';
import type { ChatStream, Conversation } from '../../chat/conversation.ts';
import type {
  ConversationLibrary,
  NewConversation,
  OpenConversation,
} from '../../chat/conversation-library.ts';
import type { ChatMessage } from '../../completion/chat-message.ts';
import type { SamplingOptions } from '../../completion/sampling-options.ts';
import type { Engine } from '../../engine/engine.ts';
import { type KeyLimiter, settleLease } from '../key-limits.ts';
import { MOST_TURNS_OF_A_SOCKET } from '../limits.ts';
import { type ChatEvent, errorEvent } from './chat-events.ts';
import type { ChatCommand } from './chat-protocol.ts';
import { ConversationWatch } from './conversation-watch.ts';
import type { LiveTurns } from './live-turns.ts';
import type { TurnLog } from './turn-log.ts';

/** What all sockets share. */
export interface ChatWorld {
  readonly engine: Promise<Engine>;
  readonly library: ConversationLibrary;
  readonly turns: LiveTurns;
  /** turns that one socket may have under way, those that wait included */
  readonly mostTurns?: number | undefined;
  /** what each key may do */
  readonly limits: KeyLimiter;
}

export interface SessionOptions {
  readonly send: (event: ChatEvent) => Promise<void>;
  /** whose conversations these are: a key's id */
  readonly owner: string;
  /** requests of different salts never find each other's tokens */
  readonly cacheSalt: string | undefined;
}

interface OwnConversation {
  /** held, because until its first turn is stored nobody else keeps it */
  open: OpenConversation | undefined;
  /** of the turn that runs or is about to begin */
  running: AbortController | undefined;
}

export class ChatSession {
  readonly #world: ChatWorld;
  readonly #options: SessionOptions;
  readonly #send: SessionOptions['send'];
  #own: OwnConversation = { open: undefined, running: undefined };
  #system: string | undefined;
  #contextPolicy: NewConversation['contextPolicy'];
  /** a message was accepted since the own conversation began */
  #begun = false;
  #closed = false;
  #underWay = 0; // turns, those that wait for others included
  #chain: Promise<void> = Promise.resolve();
  #watch: ConversationWatch | undefined;
  readonly #followed = new Map<string, symbol>(); // who reads each conversation's turn

  constructor(world: ChatWorld, options: SessionOptions) {
    this.#world = world;
    this.#options = options;
    this.#send = options.send;
  }

  get owner(): string {
    return this.#options.owner;
  }

  /** Acts on one command. Throws `bad_message` or `conversation_busy` when it does not fit the state. */
  receive(command: ChatCommand): void {
    const { ping, watch } = command;
    if (ping !== undefined) this.#go(() => this.#send({ type: 'pong', ping }));
    if (watch !== undefined) this.#watchAll(watch);
    if (command.conversation !== undefined) this.#receiveNamed(command, command.conversation);
    else this.#receiveOwn(command);
  }

  /** Stops the answer of the own conversation; resolves when nothing of this socket is left to do. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#watchAll(false);
    this.#own.running?.abort();
    await this.#chain;
    this.#followed.clear();
  }

  #watchAll(on: boolean): void {
    if (on === (this.#watch !== undefined)) return;
    if (on) this.#watch = new ConversationWatch(this.#world.library, this.#options.owner, this.#send);
    else {
      this.#watch?.stop();
      this.#watch = undefined;
    }
  }

  // ---- conversations that are named

  #receiveNamed(command: ChatCommand, id: string): void {
    if (command.cancel) this.#world.turns.cancel(this.#options.owner, id);
    const begins = command.message !== undefined || command.regenerate !== undefined;
    const { system, contextPolicy } = command;
    if ((system !== undefined || contextPolicy !== undefined) && id !== 'new')
      throw new QuireError('bad_message', 'the conversation has begun already', 'begin another with "new"');
    if (command.resume !== undefined) this.#go(() => this.#resume(id, command.resume ?? 0));
    if (!begins) return;
    this.#admit();
    this.#go(() => this.#named(command, id).finally(() => this.#underWay--));
  }

  // Work for this socket that nobody awaits; its failures have been told to the peer, or the peer has gone.
  #go(work: () => Promise<void>): void {
    const begun = async (): Promise<void> => work(); // what it throws at once is a rejection like any other
    begun().catch(() => undefined);
  }

  #admit(): void {
    const { mostTurns = MOST_TURNS_OF_A_SOCKET } = this.#world;
    if (this.#underWay >= mostTurns) {
      const what = `this socket has ${this.#underWay} turns under way`;
      throw new QuireError('busy', what, 'wait for the end of one, or cancel it');
    }
    this.#underWay++;
  }

  async #named(command: ChatCommand, id: string): Promise<void> {
    const { system, contextPolicy, tag } = command;
    const { owner } = this.#options;
    try {
      const { library } = this.#world;
      const open = await (id === 'new'
        ? library.draft(owner, { system, contextPolicy })
        : library.open(owner, id));
      await this.#follow(this.#begin(open, command), 0);
    } catch (error) {
      await this.#refuse(error, {
        ...(id === 'new' ? {} : { conversation: id }),
        ...(tag === undefined ? {} : { tag }),
      });
    }
  }

  async #resume(id: string, seen: number): Promise<void> {
    const log = this.#world.turns.of(this.#options.owner, id);
    const running = log !== undefined && !log.ended;
    // Before the first event there was nothing to miss, unless others came and went.
    const missed = log === undefined ? seen > 0 : seen < log.first - 1 && (seen > 0 || log.ended);
    await this.#send({ type: 'resumed', conversation: id, running, missed });
    if (log !== undefined) await this.#follow(log, seen);
  }

  // ---- the socket's own conversation

  #receiveOwn(command: ChatCommand): void {
    this.#checkOwn(command);
    if (command.cancel) this.#own.running?.abort();
    if (command.reset) this.#reset();
    if (command.system !== undefined) this.#system = command.system;
    if (command.contextPolicy !== undefined) this.#contextPolicy = command.contextPolicy;
    if (command.message !== undefined || command.regenerate !== undefined) this.#beginOwn(command);
  }

  #checkOwn(command: ChatCommand): void {
    const asked = command.system ?? command.contextPolicy;
    if (asked !== undefined && this.#begun && !command.reset) {
      const field = command.system === undefined ? 'contextPolicy' : 'system';
      const hint = 'send it with "reset": true to begin another conversation';
      throw new QuireError('bad_message', `"${field}" came after the first message`, hint);
    }
    const begins = command.message !== undefined || command.regenerate !== undefined;
    if (begins && this.#own.running && !command.reset) {
      const hint = 'wait for its end, or send {"cancel": true}';
      throw new QuireError('conversation_busy', 'an answer is still being written', hint);
    }
  }

  #reset(): void {
    this.#own.running?.abort();
    this.#own = { open: undefined, running: undefined };
    this.#begun = false;
    this.#system = undefined;
    this.#contextPolicy = undefined;
    this.#then(() => this.#send({ type: 'reset' }));
  }

  #beginOwn(command: ChatCommand): void {
    this.#admit();
    const controller = new AbortController();
    const own = this.#own;
    own.running = controller;
    this.#begun = true;
    const asked = { system: this.#system, contextPolicy: this.#contextPolicy };
    this.#then(async () => {
      try {
        await this.#answerOwn(own, asked, command, controller.signal);
      } catch (error) {
        await this.#notBegun(error);
      } finally {
        this.#underWay--;
        if (own.running === controller) own.running = undefined;
      }
    });
  }

  async #answerOwn(
    own: OwnConversation,
    asked: NewConversation,
    command: ChatCommand,
    signal: AbortSignal,
  ): Promise<void> {
    const { library, turns, engine } = this.#world;
    const { owner } = this.#options;
    await abortable(engine, signal);
    if (this.#closed) return; // what waited for its turn goes with the socket
    const known = own.open?.record.id;
    const open = await (known === undefined ? library.draft(owner, asked) : library.open(owner, known));
    own.open = open;
    const log = this.#begin(open, command);
    const cancel = (): void => turns.cancel(owner, open.record.id);
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', cancel, { once: true });
    // Another message may come as soon as the end can be read.
    const freeBeforeEnd = async (event: ChatEvent): Promise<void> => {
      if (event.type === 'end' || event.type === 'error') own.running = undefined;
      await this.#send(event);
    };
    await log.follow(0, freeBeforeEnd);
  }

  // A turn that never began: as one that was begun and stopped.
  async #notBegun(error: unknown): Promise<void> {
    await this.#send({ type: 'start', content: '' });
    if (isAbort(error)) await this.#send({ type: 'end', finishReason: 'cancelled' });
    else await this.#refuse(error, { ended: true });
  }

  #then(next: () => Promise<void>): void {
    this.#chain = this.#chain.then(next).catch(() => undefined);
  }

  // ---- both

  #begin(open: OpenConversation, command: ChatCommand): TurnLog {
    const { owner, cacheSalt } = this.#options;
    const { conversation } = open;
    const sampling: SamplingOptions = { ...open.record.sampling, ...command.options };
    const options = cacheSalt === undefined ? sampling : { ...sampling, cacheSalt };
    return this.#world.turns.begin({
      owner,
      open,
      run: (signal) => this.#leased(() => runTurn(conversation, command, { ...options, signal })),
      tag: command.tag,
      cacheReport: command.cacheReport === true,
      promptTokens: () => this.#tokensOf(conversation, command),
    });
  }

  // Raises what the limits of the key say.
  #leased(begin: () => ChatStream): ChatStream {
    const { owner } = this.#options;
    const { limits } = this.#world;
    limits.request(owner);
    const lease = limits.begin(owner, 1);
    const stream = begin();
    const tokens = stream.result.then(({ promptTokens, generatedTokens }) => promptTokens + generatedTokens);
    settleLease(lease, [tokens]);
    return stream;
  }

  async #tokensOf(conversation: Conversation, command: ChatCommand): Promise<number> {
    const engine = await this.#world.engine;
    return (await engine.encodeChat(messagesOf(conversation, command))).tokens.length;
  }

  // A conversation is followed once: who asks again begins where he says.
  async #follow(log: TurnLog, seen: number): Promise<void> {
    const { conversation } = log;
    const mine = Symbol(conversation);
    this.#followed.set(conversation, mine);
    const stopped = (): boolean => this.#closed || this.#followed.get(conversation) !== mine;
    await log.follow(seen, this.#send, stopped);
    if (this.#followed.get(conversation) === mine) this.#followed.delete(conversation);
  }

  async #refuse(error: unknown, more: object): Promise<void> {
    await this.#send({ ...errorEvent(asQuireError(error)), ...more });
  }
}

function runTurn(
  conversation: Conversation,
  { message, edit, regenerate }: ChatCommand,
  options: SamplingOptions & { signal: AbortSignal },
): ChatStream {
  if (regenerate !== undefined)
    return conversation.regenerate(regenerate === true ? undefined : regenerate, options);
  if (edit !== undefined) return conversation.edit(edit, message!, options);
  return conversation.send(message!, options);
}

/** What a turn answers: the branch before its message, and the message. */
function messagesOf(
  { messages, tree, head }: Conversation,
  { message, edit, regenerate }: ChatCommand,
): readonly ChatMessage[] {
  const branched = edit ?? (regenerate === true ? head : regenerate);
  const before = tree.path(branched === undefined ? head : tree.get(branched)?.parent);
  return [
    ...messages.filter(({ role }) => role === 'system'),
    ...before.map(({ role, content }) => ({ role, content })),
    ...(message === undefined ? [] : [{ role: 'user' as const, content: message }]),
  ];
}

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';

/** `promise`, or a rejection with an AbortError as soon as `signal` says so while it is pending. */
function abortable<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const aborted = new Promise<never>((_resolve, reject) => {
    const stop = (): void => reject(abortError(signal));
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    const forget = (): void => signal.removeEventListener('abort', stop);
    promise.then(forget, forget);
  });
  // The first of two settled promises wins, so an engine that is there is used even after an abort.
  return Promise.race([promise, aborted]);
}
