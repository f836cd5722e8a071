// One socket: takes commands for conversations and sends the events of their turns. A frame that names no conversation is of
// the socket's own one, which is new at first and ends with the socket; all else is the same for both. What one conversation
// does waits for nothing that another does.

import { defined } from '../../../base/defined.ts';
import { abortError, asQuireError, isAbort, QuireError } from '../../../base/errors.ts';
import type { NewConversation, OpenConversation } from '../../../chat/conversation-library.ts';
import type { Service } from '../../../service/service.ts';
import { errorEvent, type LoggedEvent } from '../../../service/turn-events.ts';
import type { TurnLog } from '../../../service/turn-log.ts';
import type { TurnRequest } from '../../../service/turns.ts';
import type { KeyLimiter } from '../../http/keys/key-limiter.ts';
import { MOST_TURNS_OF_A_SOCKET } from '../../http/limits.ts';
import type { ChatCommand } from './chat-command.ts';
import type { ChatEvent } from './chat-events.ts';
import { ConversationWatch } from './conversation-watch.ts';

/** What all sockets share. */
export interface ChatWorld {
  readonly service: Pick<Service, 'models' | 'conversations' | 'turns'>;
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

/** A conversation that commands of this socket are for. */
interface Target {
  /** absent where it is new, until its first turn begins */
  id: string | undefined;
  /** what it is to be begun with */
  asked: NewConversation;
  /** a turn was asked for since it is there */
  begun: boolean;
  /** held, because until its first turn is stored nobody else keeps it */
  open: OpenConversation | undefined;
  /** turns that are about to begin; each ends early by its own */
  readonly beginning: Set<AbortController>;
  /** settles when the turns before are over: of the socket's own one follows the other */
  before: Promise<void>;
}

const newTarget = (
  id?: string,
  asked: NewConversation = {},
  beginning = new Set<AbortController>(),
): Target => ({
  id,
  asked,
  begun: false,
  open: undefined,
  beginning,
  before: Promise.resolve(),
});

export class ChatSession {
  readonly #world: ChatWorld;
  readonly #options: SessionOptions;
  readonly #send: SessionOptions['send'];
  #own = newTarget();
  #closed = false;
  #underWay = 0; // turns, those that wait for others included
  #watch: ConversationWatch | undefined;
  readonly #followed = new Map<string, symbol>(); // who reads each conversation's turn
  /** turns that are about to begin in conversations that were named */
  readonly #beginning = new Map<string, Set<AbortController>>();

  constructor(world: ChatWorld, options: SessionOptions) {
    this.#world = world;
    this.#options = options;
    this.#send = options.send;
  }

  get owner(): string {
    return this.#options.owner;
  }

  /** Acts on one command. Throws `bad_message`, `busy` or `conversation_busy` when it does not fit the state. */
  receive(command: ChatCommand): void {
    const { ping, watch, conversation: id, resume } = command;
    if (ping !== undefined) this.#go(() => this.#send({ type: 'pong', ping }));
    if (watch !== undefined) this.#watchAll(watch);
    const named = id !== undefined;
    const target = named ? this.#named(id, askedIn(command)) : this.#own;
    if (named) checkNamed(command, id);
    else this.#checkOwn(command);
    if (command.cancel === true) this.#cancel(target);
    if (command.reset === true) this.#reset();
    if (resume !== undefined && named) this.#go(() => this.#resume(id, resume, command.turn));
    const request = turnOf(command);
    if (!named) this.#own.asked = { ...this.#own.asked, ...askedIn(command) };
    if (request !== undefined) this.#begin(named ? target : this.#own, command, request);
  }

  #named(id: string, asked: NewConversation): Target {
    return id === 'new' ? newTarget(undefined, asked) : newTarget(id, asked, this.#beginning.get(id));
  }

  /** Stops the answer of the own conversation; resolves when nothing of it is left to do. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#watchAll(false);
    this.#cancel(this.#own);
    await this.#own.before;
    this.#followed.clear();
  }

  #watchAll(on: boolean): void {
    if (on === (this.#watch !== undefined)) return;
    const { conversations } = this.#world.service;
    if (on) this.#watch = new ConversationWatch(conversations, this.#options.owner, this.#send);
    else {
      this.#watch?.stop();
      this.#watch = undefined;
    }
  }

  // Work for this socket that nobody awaits; its failures have been told to the peer, or the peer has gone.
  #go(work: () => Promise<void>): void {
    const begun = async (): Promise<void> => work(); // what it throws at once is a rejection like any other
    begun().catch(() => undefined);
  }

  #checkOwn(command: ChatCommand): void {
    if (command.reset === true) return;
    const [field] = Object.keys(askedIn(command));
    if (field !== undefined && this.#own.begun) {
      const hint = 'send it with "reset": true to begin another conversation';
      throw new QuireError('bad_message', `"${field}" came after the first message`, hint);
    }
    if (turnOf(command) !== undefined && this.#isRunning(this.#own)) {
      const hint = 'wait for its end, or send {"cancel": true}';
      throw new QuireError('conversation_busy', 'an answer is still being written', hint);
    }
  }

  #isRunning({ id, beginning }: Target): boolean {
    if (beginning.size > 0) return true;
    return id !== undefined && this.#world.service.turns.of(this.owner, id)?.ended === false;
  }

  #cancel({ id, beginning }: Target): void {
    for (const controller of beginning) controller.abort();
    if (id !== undefined) this.#world.service.turns.cancel(this.owner, id);
  }

  #reset(): void {
    const { before } = this.#own;
    this.#cancel(this.#own);
    this.#own = newTarget();
    this.#own.before = before.then(() => this.#send({ type: 'reset' })).catch(() => undefined);
  }

  #begin(target: Target, command: ChatCommand, request: TurnRequest): void {
    const { mostTurns = MOST_TURNS_OF_A_SOCKET } = this.#world;
    if (this.#underWay >= mostTurns) {
      const what = `this socket has ${this.#underWay} turns under way`;
      throw new QuireError('busy', what, 'wait for the end of one, or cancel it');
    }
    this.#underWay++;
    target.begun = true;
    const controller = new AbortController();
    target.beginning.add(controller);
    if (command.conversation !== undefined && target.id !== undefined)
      this.#beginning.set(target.id, target.beginning);
    const turn = async (): Promise<void> => {
      try {
        await this.#run(target, command, request, controller);
      } finally {
        this.#underWay--;
      }
    };
    target.before = target.before.then(turn).catch(() => undefined);
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

  #hasBegun({ id, beginning }: Target, controller: AbortController): void {
    beginning.delete(controller);
    if (id !== undefined && beginning.size === 0) this.#beginning.delete(id);
  }

  // What waited goes with the socket where it is its own, or was before a reset. A conversation that is there waits for its own model alone.
  async #open(target: Target, signal: AbortSignal): Promise<OpenConversation | undefined> {
    const { conversations, models } = this.#world.service;
    const { owner } = this.#options;
    if (target.id !== undefined && target !== this.#own) {
      target.open = await abortable(conversations.open(owner, target.id), signal);
      return target.open;
    }
    await this.#whenReady(models.nameFor(target.asked.model), signal);
    if (this.#closed && (target === this.#own || signal.aborted)) return undefined;
    const { model } = target.asked;
    if (model !== undefined) target.asked = { ...target.asked, model: models.find(model).name };
    target.open = await (target.id === undefined
      ? conversations.draft(owner, target.asked)
      : conversations.open(owner, target.id));
    target.id = target.open.record.id;
    return target.open;
  }

  // A model that is there is used even after an abort: the turn then begins, and ends at once.
  async #whenReady(name: string, signal: AbortSignal): Promise<void> {
    const { models } = this.#world.service;
    if (models.ready.every((model) => model.name !== name)) await abortable(models.whenReady(name), signal);
  }

  #turn(open: OpenConversation, command: ChatCommand, request: TurnRequest): TurnLog {
    const { owner, cacheSalt } = this.#options;
    const { limits, service } = this.#world;
    return service.turns.begin({
      owner,
      open,
      request,
      options: { ...command.options, ...defined({ cacheSalt }) },
      model: service.models.nameFor(open.record.model),
      tag: command.tag,
      cacheReport: command.cacheReport === true,
      admit: () => {
        limits.request(owner);
        const lease = limits.begin(owner, 1);
        return (tokens) => {
          lease.spend(tokens);
          lease.end();
        };
      },
    });
  }

  // A turn that never began. A client of the first protocol is told of it as of one that was begun and stopped.
  async #notBegun(error: unknown, { conversation, tag }: ChatCommand): Promise<void> {
    const place = {
      ...(conversation === undefined || conversation === 'new' ? {} : { conversation }),
      ...defined({ tag }),
    };
    if (conversation === undefined || isAbort(error))
      await this.#send({ type: 'start', content: '', ...place });
    if (isAbort(error)) await this.#send({ type: 'end', finishReason: 'cancelled', ...place });
    else {
      const ended = conversation === undefined ? ({ ended: true } as const) : {};
      await this.#send({ ...errorEvent(asQuireError(error)), ...ended, ...place });
    }
  }

  async #resume(id: string, seen: number, turn: string | undefined): Promise<void> {
    const log = this.#world.service.turns.of(this.#options.owner, id);
    const running = log !== undefined && !log.ended;
    // Of another turn than the one that is there nothing can be told again, but nothing was missed where none was seen.
    const same = turn === undefined || turn === log?.turn;
    const missed = log === undefined ? seen > 0 : !same || (seen === 0 && log.ended);
    await this.#send({ type: 'resumed', conversation: id, running, missed });
    if (log !== undefined) await this.#follow(log, same ? seen : 0);
  }

  // A conversation is followed once: who asks again begins where he says.
  async #follow(log: TurnLog, seen: number): Promise<void> {
    const { conversation } = log;
    const mine = Symbol(conversation);
    this.#followed.set(conversation, mine);
    const stopped = (): boolean => this.#closed || this.#followed.get(conversation) !== mine;
    const take = (event: LoggedEvent): Promise<void> => this.#send(event);
    await log.follow(seen, take, stopped);
    if (this.#followed.get(conversation) === mine) this.#followed.delete(conversation);
  }
}

/** What a conversation is begun with, as far as a command says it. */
function askedIn({ system, contextPolicy, model }: ChatCommand): NewConversation {
  return {
    ...defined({ system, contextPolicy, model }),
  };
}

function checkNamed(command: ChatCommand, id: string): void {
  if (id === 'new' || Object.keys(askedIn(command)).length === 0) return;
  throw new QuireError('bad_message', 'the conversation has begun already', 'begin another with "new"');
}

function turnOf({ message, edit, regenerate }: ChatCommand): TurnRequest | undefined {
  if (regenerate !== undefined) return { regenerate };
  return message === undefined ? undefined : { message, edit };
}

/** `promise`, or a rejection with an AbortError as soon as `signal` says so while it is pending. */
function abortable<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const aborted = new Promise<never>((_resolve, reject) => {
    const stop = (): void => reject(abortError(signal));
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    const forget = (): void => signal.removeEventListener('abort', stop);
    promise.then(forget, forget);
  });
  return Promise.race([promise, aborted]);
}
