// The session of one socket: executes commands and sends the events of their turns. A command without a conversation applies to
// the conversation of the socket, which is created by its first message and ends with the socket. Conversations do not wait for
// each other.

import { defined } from '../../../base/defined.ts';
import { abortError, asQuireError, isAbort, QuireError } from '../../../base/errors.ts';
import type { NewConversation, OpenConversation } from '../../../chat/conversation-library.ts';
import type { Service } from '../../../service/service.ts';
import { errorEvent, type LoggedEvent } from '../../../service/turn-events.ts';
import type { TurnLog } from '../../../service/turn-log.ts';
import { conversationBusy, type TurnRequest } from '../../../service/turns.ts';
import type { KeyLimiter } from '../../http/keys/key-limiter.ts';
import { MAX_TURNS_PER_SOCKET } from '../../http/limits.ts';
import type { ChatCommand } from './chat-command.ts';
import type { ChatEvent } from './chat-events.ts';
import { ConversationWatch } from './conversation-watch.ts';

/** Shared by all sockets. */
export interface ChatServices {
  readonly service: Pick<Service, 'models' | 'conversations' | 'turns'>;
  /** turns of one socket that run or wait at the same time */
  readonly maxTurns?: number | undefined;
  readonly limits: KeyLimiter;
}

export interface SessionOptions {
  readonly send: (event: ChatEvent) => Promise<void>;
  /** key id that owns the conversations */
  readonly owner: string;
  /** requests with different salts share no cached prefix */
  readonly cacheSalt: string | undefined;
}

/** The conversation that a command applies to. */
interface Target {
  /** undefined for a new conversation, until its first turn begins */
  id: string | undefined;
  /** settings of a new conversation */
  settings: NewConversation;
  /** a turn was requested */
  hasTurns: boolean;
  /** referenced here, because nothing else references it until its first turn is stored */
  open: OpenConversation | undefined;
  /** turns that have not begun yet; each controller cancels one */
  readonly starting: Set<AbortController>;
  /** settles when the previous turns have ended: turns of the socket's conversation run one after another */
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
  #own = newTarget();
  #closed = false;
  #activeTurns = 0; // including those that wait for others
  #watch: ConversationWatch | undefined;
  readonly #followed = new Map<string, symbol>(); // by conversation: identifies the current reader of its turn
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

  /** Executes one command. Throws `bad_message`, `busy` or `conversation_busy` when the state does not allow it. */
  receive(command: ChatCommand): void {
    const { ping, watch, conversation: id, resume } = command;
    if (ping !== undefined) this.#runDetached(() => this.#send({ type: 'pong', ping }));
    if (watch !== undefined) this.#watchAll(watch);
    const named = id !== undefined;
    const target = named ? this.#named(id, settingsIn(command)) : this.#own;
    if (named) checkNoSettings(command, id);
    else this.#checkOwn(command);
    if (command.cancel === true) this.#cancel(target);
    if (command.reset === true) this.#reset();
    if (resume !== undefined && named) this.#runDetached(() => this.#resume(id, resume, command.turn));
    const request = turnOf(command);
    if (!named) this.#own.settings = { ...this.#own.settings, ...settingsIn(command) };
    if (request !== undefined) this.#begin(named ? target : this.#own, command, request);
  }

  #named(id: string, settings: NewConversation): Target {
    return id === 'new' ? newTarget(undefined, settings) : newTarget(id, settings, this.#starting.get(id));
  }

  /** Cancels the turns of the socket's conversation; resolves when they have ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#watchAll(false);
    this.#cancel(this.#own);
    await this.#own.previous;
    this.#followed.clear();
  }

  #watchAll(on: boolean): void {
    if (on === (this.#watch !== undefined)) return;
    const { conversations } = this.#services.service;
    if (on) this.#watch = new ConversationWatch(conversations, this.#options.owner, this.#send);
    else {
      this.#watch?.stop();
      this.#watch = undefined;
    }
  }

  // Runs work that nothing awaits. Its errors have been sent to the client, or the client has disconnected.
  #runDetached(work: () => Promise<void>): void {
    const start = async (): Promise<void> => work(); // a synchronous throw becomes a rejection
    start().catch(() => undefined);
  }

  #checkOwn(command: ChatCommand): void {
    if (command.reset === true) return;
    const [field] = Object.keys(settingsIn(command));
    if (field !== undefined && this.#own.hasTurns) {
      const hint = 'send it with "reset": true to start another conversation';
      throw new QuireError('bad_message', `"${field}" is only allowed before the first message`, hint);
    }
    if (turnOf(command) !== undefined && this.#isRunning(this.#own)) throw conversationBusy();
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
    const { previous } = this.#own;
    this.#cancel(this.#own);
    this.#own = newTarget();
    this.#own.previous = previous.then(() => this.#send({ type: 'reset' })).catch(() => undefined);
  }

  #begin(target: Target, command: ChatCommand, request: TurnRequest): void {
    const { maxTurns = MAX_TURNS_PER_SOCKET } = this.#services;
    if (this.#activeTurns >= maxTurns) {
      const what = `this socket has ${this.#activeTurns} active turns`;
      throw new QuireError('busy', what, 'wait for one to end, or cancel it');
    }
    this.#activeTurns++;
    target.hasTurns = true;
    const controller = new AbortController();
    target.starting.add(controller);
    if (command.conversation !== undefined && target.id !== undefined)
      this.#starting.set(target.id, target.starting);
    const turn = async (): Promise<void> => {
      try {
        await this.#run(target, command, request, controller);
      } finally {
        this.#activeTurns--;
      }
    };
    target.previous = target.previous.then(turn).catch(() => undefined);
  }

  async #run(
    target: Target,
    command: ChatCommand,
    request: TurnRequest,
    controller: AbortController,
  ): Promise<void> {
    try {
      const open = await this.#open(target, controller.signal);
      if (open === undefined) return;
      const log = this.#turn(open, command, request);
      this.#hasBegun(target, controller);
      if (controller.signal.aborted) this.#cancel(target);
      await this.#follow(log, 0);
    } catch (error) {
      await this.#notBegun(error, command);
    } finally {
      this.#hasBegun(target, controller);
    }
  }

  #hasBegun({ id, starting }: Target, controller: AbortController): void {
    starting.delete(controller);
    if (id !== undefined && starting.size === 0) this.#starting.delete(id);
  }

  // Returns undefined for a waiting turn of the socket's conversation after the socket has closed, also when a reset came
  // between. A stored conversation only waits for its own model.
  async #open(target: Target, signal: AbortSignal): Promise<OpenConversation | undefined> {
    const { conversations, models } = this.#services.service;
    const { owner } = this.#options;
    if (target.id !== undefined && target !== this.#own) {
      target.open = await abortable(conversations.open(owner, target.id), signal);
      return target.open;
    }
    await this.#whenReady(models.nameFor(target.settings.model), signal);
    if (this.#closed && (target === this.#own || signal.aborted)) return undefined;
    const { model } = target.settings;
    if (model !== undefined) target.settings = { ...target.settings, model: models.find(model).name };
    target.open = await (target.id === undefined
      ? conversations.draft(owner, target.settings)
      : conversations.open(owner, target.id));
    target.id = target.open.record.id;
    return target.open;
  }

  // A loaded model is used even after an abort: the turn then begins and ends immediately.
  async #whenReady(name: string, signal: AbortSignal): Promise<void> {
    const { models } = this.#services.service;
    if (models.ready.every((model) => model.name !== name)) await abortable(models.whenReady(name), signal);
  }

  #turn(open: OpenConversation, command: ChatCommand, request: TurnRequest): TurnLog {
    const { owner, cacheSalt } = this.#options;
    const { limits, service } = this.#services;
    return service.turns.begin({
      owner,
      open,
      request,
      options: { ...command.options, ...defined({ cacheSalt }) },
      model: service.models.nameFor(open.record.model),
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

  // Reports a turn that never began. Clients that name no conversation expect a `start` before an `end`.
  async #notBegun(error: unknown, { conversation, tag }: ChatCommand): Promise<void> {
    const origin = {
      ...(conversation === undefined || conversation === 'new' ? {} : { conversation }),
      ...defined({ tag }),
    };
    if (conversation === undefined || isAbort(error))
      await this.#send({ type: 'start', content: '', ...origin });
    if (isAbort(error)) await this.#send({ type: 'end', finishReason: 'cancelled', ...origin });
    else {
      const ended = conversation === undefined ? ({ ended: true } as const) : {};
      await this.#send({ ...errorEvent(asQuireError(error)), ...ended, ...origin });
    }
  }

  async #resume(id: string, seen: number, turn: string | undefined): Promise<void> {
    const log = this.#services.service.turns.of(this.#options.owner, id);
    const running = log !== undefined && !log.ended;
    // Events of an earlier turn are no longer available; if the client has received none, it missed none.
    const same = turn === undefined || turn === log?.turn;
    const missed = log === undefined ? seen > 0 : !same || (seen === 0 && log.ended);
    await this.#send({ type: 'resumed', conversation: id, running, missed });
    if (log !== undefined) await this.#follow(log, same ? seen : 0);
  }

  // A conversation has one reader; a new reader replaces the previous one.
  async #follow(log: TurnLog, seen: number): Promise<void> {
    const { conversation } = log;
    const reader = Symbol(conversation);
    this.#followed.set(conversation, reader);
    const stopped = (): boolean => this.#closed || this.#followed.get(conversation) !== reader;
    await log.follow(seen, (event: LoggedEvent) => this.#send(event), stopped);
    if (this.#followed.get(conversation) === reader) this.#followed.delete(conversation);
  }
}

/** The settings of a new conversation in a command. */
function settingsIn({ system, contextPolicy, model }: ChatCommand): NewConversation {
  return {
    ...defined({ system, contextPolicy, model }),
  };
}

function checkNoSettings(command: ChatCommand, id: string): void {
  if (id === 'new' || Object.keys(settingsIn(command)).length === 0) return;
  throw new QuireError(
    'bad_message',
    'the conversation already has messages',
    'start another with "conversation": "new"',
  );
}

function turnOf({ message, edit, regenerate }: ChatCommand): TurnRequest | undefined {
  if (regenerate !== undefined) return { regenerate };
  return message === undefined ? undefined : { message, edit };
}

/** Settles as `promise`, or rejects with an AbortError when `signal` fires first. */
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
