// The session of one socket: executes commands and sends the events of their turns. A command without a conversation applies to
// the conversation of the socket, which is created by its first message and ends with the socket. Conversations do not wait for
// each other.

import { abortError, asQuireError, isAbort, QuireError } from '../../../base/errors.ts';
import { omitUndefined } from '../../../base/omit-undefined.ts';
import type { NewConversation, OpenConversation } from '../../../chat/conversation-library.ts';
import type { Service } from '../../../service/service.ts';
import { errorEvent, type LoggedEvent } from '../../../service/turn-events.ts';
import type { TurnLog } from '../../../service/turn-log.ts';
import { conversationBusyError, type TurnRequest } from '../../../service/turns.ts';
import type { KeyLimiter } from '../../http/keys/key-limiter.ts';
import { MAX_TURNS_PER_SOCKET } from '../../http/limits.ts';
import type { ChatCommand } from './chat-command.ts';
import type { ChatEvent } from './chat-events.ts';
import { ConversationWatch } from './conversation-watch.ts';

/** Shared by all sockets. */
export interface ChatServices {
  readonly service: Pick<Service, 'models' | 'conversations' | 'turns'>;
  /** maximum number of turns of one socket that run or wait at the same time */
  readonly maxTurns?: number | undefined;
  readonly limits: KeyLimiter;
}

export interface SessionOptions {
  readonly send: (event: ChatEvent) => Promise<void>;
  /** id of the key that owns the conversations */
  readonly owner: string;
  /** salt of the prefix cache: requests with different salts do not share cached prefixes */
  readonly cacheSalt: string | undefined;
}

/** The conversation that a command applies to. */
interface Target {
  /** undefined for a new conversation, until its first turn begins */
  id: string | undefined;
  /** settings of a new conversation */
  settings: NewConversation;
  /** whether a turn was requested */
  hasTurns: boolean;
  /** keeps a new conversation in memory until its first turn is stored */
  open: OpenConversation | undefined;
  /** one controller for each turn that has not begun yet, which cancels the turn */
  readonly starting: Set<AbortController>;
  /** settles when the previous turns have ended, because turns of the socket's conversation run one after another */
  previous: Promise<void>;
}

const newTarget = (
  id?: string,
  settings: NewConversation = {},
  starting = new Set<AbortController>(),
): Target => ({
  id,
  settings,
  hasTurns: false,
  open: undefined,
  starting,
  previous: Promise.resolve(),
});

export class ChatSession {
  readonly #services: ChatServices;
  readonly #options: SessionOptions;
  readonly #send: SessionOptions['send'];
  /** the conversation of the socket */
  #socketTarget = newTarget();
  #closed = false;
  #activeTurns = 0; // including turns that wait
  #watch: ConversationWatch | undefined;
  readonly #followers = new Map<string, symbol>(); // by conversation id: identifies the latest call of #follow
  /** by conversation id: turns that have not begun yet */
  readonly #starting = new Map<string, Set<AbortController>>();

  constructor(services: ChatServices, options: SessionOptions) {
    this.#services = services;
    this.#options = options;
    this.#send = options.send;
  }

  get owner(): string {
    return this.#options.owner;
  }

  /** Executes one command. Throws `bad_message`, `busy` or `conversation_busy` if the session cannot execute it in its state. */
  receive(command: ChatCommand): void {
    const { ping, watch, conversation: id, resume } = command;
    if (ping !== undefined) this.#runDetached(() => this.#send({ type: 'pong', ping }));
    if (watch !== undefined) this.#setWatching(watch);
    const hasId = id !== undefined;
    const target = hasId ? this.#targetFor(id, settingsIn(command)) : this.#socketTarget;
    if (hasId) checkNoSettings(command, id);
    else this.#checkSocketCommand(command);
    if (command.cancel === true) this.#cancel(target);
    if (command.reset === true) this.#reset();
    if (resume !== undefined && hasId) this.#runDetached(() => this.#resume(id, resume, command.turn));
    const request = turnRequestOf(command);
    if (!hasId) this.#socketTarget.settings = { ...this.#socketTarget.settings, ...settingsIn(command) };
    if (request !== undefined) this.#queueTurn(hasId ? target : this.#socketTarget, command, request);
  }

  #targetFor(id: string, settings: NewConversation): Target {
    return id === 'new' ? newTarget(undefined, settings) : newTarget(id, settings, this.#starting.get(id));
  }

  /** Cancels the turns of the socket's conversation; resolves when they have ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#setWatching(false);
    this.#cancel(this.#socketTarget);
    await this.#socketTarget.previous;
    this.#followers.clear();
  }

  #setWatching(enabled: boolean): void {
    if (enabled === (this.#watch !== undefined)) return;
    const { conversations } = this.#services.service;
    if (enabled) this.#watch = new ConversationWatch(conversations, this.#options.owner, this.#send);
    else {
      this.#watch?.stop();
      this.#watch = undefined;
    }
  }

  // Runs work that nothing awaits. Errors are ignored: they have been sent to the client, or the client has disconnected.
  #runDetached(work: () => Promise<void>): void {
    const start = async (): Promise<void> => work(); // a synchronous throw becomes a rejection
    start().catch(() => undefined);
  }

  #checkSocketCommand(command: ChatCommand): void {
    if (command.reset === true) return;
    const [field] = Object.keys(settingsIn(command));
    if (field !== undefined && this.#socketTarget.hasTurns) {
      const hint = 'send it with "reset": true to start another conversation';
      throw new QuireError('bad_message', `"${field}" is only allowed before the first message`, hint);
    }
    if (turnRequestOf(command) !== undefined && this.#isRunning(this.#socketTarget))
      throw conversationBusyError();
  }

  #isRunning({ id, starting }: Target): boolean {
    if (starting.size > 0) return true;
    return id !== undefined && this.#services.service.turns.of(this.owner, id)?.ended === false;
  }

  #cancel({ id, starting }: Target): void {
    for (const controller of starting) controller.abort();
    if (id !== undefined) this.#services.service.turns.cancel(this.owner, id);
  }

  #reset(): void {
    const { previous } = this.#socketTarget;
    this.#cancel(this.#socketTarget);
    this.#socketTarget = newTarget();
    this.#socketTarget.previous = previous.then(() => this.#send({ type: 'reset' })).catch(() => undefined);
  }

  #queueTurn(target: Target, command: ChatCommand, request: TurnRequest): void {
    const { maxTurns = MAX_TURNS_PER_SOCKET } = this.#services;
    if (this.#activeTurns >= maxTurns) {
      const message = `this socket has ${this.#activeTurns} active turns`;
      throw new QuireError('busy', message, 'wait for a turn to end, or cancel it');
    }
    this.#activeTurns++;
    target.hasTurns = true;
    const controller = new AbortController();
    target.starting.add(controller);
    if (command.conversation !== undefined && target.id !== undefined)
      this.#starting.set(target.id, target.starting);
    const runTurn = async (): Promise<void> => {
      try {
        await this.#runTurn(target, command, request, controller);
      } finally {
        this.#activeTurns--;
      }
    };
    target.previous = target.previous.then(runTurn).catch(() => undefined);
  }

  async #runTurn(
    target: Target,
    command: ChatCommand,
    request: TurnRequest,
    controller: AbortController,
  ): Promise<void> {
    try {
      const open = await this.#openConversation(target, controller.signal);
      if (open === undefined) return;
      const log = this.#beginTurn(open, command, request);
      this.#removeStarting(target, controller);
      if (controller.signal.aborted) this.#cancel(target);
      await this.#follow(log, 0);
    } catch (error) {
      await this.#reportNotBegun(error, command);
    } finally {
      this.#removeStarting(target, controller);
    }
  }

  #removeStarting({ id, starting }: Target, controller: AbortController): void {
    starting.delete(controller);
    if (id !== undefined && starting.size === 0) this.#starting.delete(id);
  }

  // Returns undefined if the socket was closed while a turn of its conversation waited, even if a reset has replaced that
  // conversation. A turn in a stored conversation waits only for the model of that conversation.
  async #openConversation(target: Target, signal: AbortSignal): Promise<OpenConversation | undefined> {
    const { conversations, models } = this.#services.service;
    const { owner } = this.#options;
    if (target.id !== undefined && target !== this.#socketTarget) {
      target.open = await abortable(conversations.open(owner, target.id), signal);
      return target.open;
    }
    await this.#whenReady(models.nameFor(target.settings.model), signal);
    if (this.#closed && (target === this.#socketTarget || signal.aborted)) return undefined;
    const { model } = target.settings;
    if (model !== undefined) target.settings = { ...target.settings, model: models.find(model).name };
    target.open = await (target.id === undefined
      ? conversations.draft(owner, target.settings)
      : conversations.open(owner, target.id));
    target.id = target.open.record.id;
    return target.open;
  }

  // If the model is loaded, an abort has no effect here: the turn then begins and ends immediately.
  async #whenReady(name: string, signal: AbortSignal): Promise<void> {
    const { models } = this.#services.service;
    if (models.ready.every((model) => model.name !== name)) await abortable(models.whenReady(name), signal);
  }

  #beginTurn(open: OpenConversation, command: ChatCommand, request: TurnRequest): TurnLog {
    const { owner, cacheSalt } = this.#options;
    const { limits, service } = this.#services;
    const { adapter } = { ...open.record.sampling, ...command.options };
    return service.turns.begin({
      owner,
      open,
      request,
      options: { ...command.options, ...omitUndefined({ cacheSalt }) },
      model: service.models.nameFor(open.record.model, adapter),
      tag: command.tag,
      cacheReport: command.cacheReport === true,
      admit: () => {
        limits.countRequest(owner);
        const lease = limits.acquire(owner, 1);
        return (tokens) => {
          lease.spend(tokens);
          lease.end();
        };
      },
    });
  }

  // Reports a turn that could not begin. Clients that send no conversation id expect a `start` before an `end`.
  async #reportNotBegun(error: unknown, { conversation, tag }: ChatCommand): Promise<void> {
    const origin = {
      ...(conversation === undefined || conversation === 'new' ? {} : { conversation }),
      ...omitUndefined({ tag }),
    };
    if (conversation === undefined || isAbort(error))
      await this.#send({ type: 'start', content: '', ...origin });
    if (isAbort(error)) await this.#send({ type: 'end', finishReason: 'cancelled', ...origin });
    else {
      const ended = conversation === undefined ? ({ ended: true } as const) : {};
      await this.#send({ ...errorEvent(asQuireError(error)), ...ended, ...origin });
    }
  }

  async #resume(id: string, received: number, turn: string | undefined): Promise<void> {
    const log = this.#services.service.turns.of(this.#options.owner, id);
    const running = log !== undefined && !log.ended;
    // Events of an earlier turn are not stored any more. If no turn is stored, a client that has received no event missed none.
    const isSameTurn = turn === undefined || turn === log?.turn;
    const missed = log === undefined ? received > 0 : !isSameTurn || (received === 0 && log.ended);
    await this.#send({ type: 'resumed', conversation: id, running, missed });
    if (log !== undefined) await this.#follow(log, isSameTurn ? received : 0);
  }

  // Sends the events of a turn. A later call for the same conversation replaces an earlier call, which then stops.
  async #follow(log: TurnLog, received: number): Promise<void> {
    const { conversation } = log;
    const follower = Symbol(conversation);
    this.#followers.set(conversation, follower);
    const isStopped = (): boolean => this.#closed || this.#followers.get(conversation) !== follower;
    await log.follow(received, (event: LoggedEvent) => this.#send(event), isStopped);
    if (this.#followers.get(conversation) === follower) this.#followers.delete(conversation);
  }
}

/** Returns the settings of a new conversation that a command contains. */
function settingsIn({ system, contextPolicy, model }: ChatCommand): NewConversation {
  return {
    ...omitUndefined({ system, contextPolicy, model }),
  };
}

function checkNoSettings(command: ChatCommand, id: string): void {
  if (id === 'new' || Object.keys(settingsIn(command)).length === 0) return;
  throw new QuireError(
    'bad_message',
    'the conversation already has messages',
    'start another conversation with "conversation": "new"',
  );
}

function turnRequestOf({ message, edit, regenerate }: ChatCommand): TurnRequest | undefined {
  if (regenerate !== undefined) return { regenerate };
  return message === undefined ? undefined : { message, edit };
}

/** Settles like `promise`, or rejects with an AbortError if `signal` fires first. */
function abortable<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const aborted = new Promise<never>((_resolve, reject) => {
    const onAbort = (): void => reject(abortError(signal));
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    const removeListener = (): void => signal.removeEventListener('abort', onAbort);
    promise.then(removeListener, removeListener);
  });
  return Promise.race([promise, aborted]);
}
