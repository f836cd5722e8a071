// What the tokens so far change in the logits of one sequence, kept up to date token by token: each token of the text
// is looked at once, however long the text is. A row of logits gets a copy, which costs three moves of memory for the
// distinct tokens and nothing for the length of the text.
//
//   prompt [7, 5], answer so far [5, 9], repetition penalty 1.5, presence 0.5, frequency 0.25, bias {9: 2},
//   bad sequence [9, 4]
//   adjustTokens   [   9,   7,    5,         4]
//   adjustPenalty  [ 1.5, 1.5,  1.5,         1]   on each token of prompt and answer
//   adjustBias     [1.25,   0, -.75, -Infinity]   presence and frequency on tokens of the answer only
//
// Every sum is made in the order of the text, the caller's biases first, so that its bits do not depend on when a token
// was looked at: forks, guesses and sequences that were preempted get the same.

import type { SelectionRow } from '../base/selection.ts';
import { forbiddenTokens, type SampledSequence } from './forbidden-tokens.ts';
import type { SamplingParameters } from './parameters.ts';

export type Adjustments = Pick<SelectionRow, 'adjustTokens' | 'adjustPenalty' | 'adjustBias'>;

const FORBIDDEN = Number.NEGATIVE_INFINITY;
const FIRST_ROOM = 16;

export class TokenAdjustments {
  readonly #parameters: SamplingParameters;
  readonly #slots = new Map<number, number>(); // of each adjusted token
  #tokens = new Int32Array(FIRST_ROOM); // [slots]
  #penalty = new Float32Array(FIRST_ROOM); // [slots]
  #bias = new Float64Array(FIRST_ROOM); // [slots]
  #generated = new Uint8Array(FIRST_ROOM); // [slots]: 1 for tokens of the answer
  #count = 0; // slots in use
  #absorbed = 0; // tokens of the sequence that are accounted for

  constructor(parameters: SamplingParameters) {
    this.#parameters = parameters;
    for (const [token, bias] of parameters.logitBias) this.#add(this.#slotOf(token), bias);
  }

  /**
   * Begins with what `other` knows, instead of looking at each token again: `other` is of a sequence that has the same
   * first `length` tokens. Does nothing where that would change the sums.
   */
  startFrom(other: TokenAdjustments, length: number): void {
    if (this.#absorbed > 0 || other.#absorbed > length) return;
    if (!sameSums(this.#parameters, other.#parameters)) return;
    for (const [token, slot] of other.#slots) this.#slots.set(token, slot);
    this.#tokens = other.#tokens.slice();
    this.#penalty = other.#penalty.slice();
    this.#bias = other.#bias.slice();
    this.#generated = other.#generated.slice();
    this.#count = other.#count;
    this.#absorbed = other.#absorbed;
  }

  /** Accounts for the first `length` tokens of a sequence, of which those before it do not change any more. */
  absorb({ tokens, promptLength }: SampledSequence, length: number): void {
    const { repetitionPenalty, presencePenalty, frequencyPenalty } = this.#parameters;
    const onAnswer = presencePenalty !== 0 || frequencyPenalty !== 0;
    if (repetitionPenalty === 1 && !onAnswer) return;
    let from = this.#absorbed;
    if (repetitionPenalty === 1) from = Math.max(from, promptLength);
    for (let at = from; at < length; at++) {
      const slot = this.#slotOf(tokens[at] ?? 0);
      this.#penalty[slot] = repetitionPenalty;
      if (!onAnswer || at < promptLength) continue;
      if (this.#generated[slot] === 0) this.#add(slot, -presencePenalty);
      this.#generated[slot] = 1;
      this.#add(slot, -frequencyPenalty);
    }
    this.#absorbed = Math.max(this.#absorbed, length);
  }

  /**
   * The adjustments for the token that comes after `sequence`.
   * @param drafts how many of its last tokens are guesses, which may turn out to be others
   */
  after(sequence: SampledSequence, drafts = 0): Adjustments {
    const settled = sequence.tokens.length - drafts;
    this.absorb(sequence, settled);
    if (drafts === 0) return this.#copy(sequence);
    const before = this.#state(sequence.tokens.subarray(settled));
    this.absorb(sequence, sequence.tokens.length);
    const adjustments = this.#copy(sequence);
    this.#restore(before);
    return adjustments;
  }

  #add(slot: number, bias: number): void {
    this.#bias[slot] = (this.#bias[slot] ?? 0) + bias;
  }

  #copy(sequence: SampledSequence): Adjustments {
    const { byBadWords, byMinTokens } = forbiddenTokens(this.#parameters, sequence);
    const forbidden = new Set([...byBadWords, ...byMinTokens]);
    const added = [...forbidden].filter((token) => !this.#slots.has(token));
    const count = this.#count;
    const adjustTokens = new Int32Array(count + added.length);
    const adjustPenalty = new Float32Array(count + added.length).fill(1, count);
    const adjustBias = new Float32Array(count + added.length).fill(FORBIDDEN, count);
    adjustTokens.set(this.#tokens.subarray(0, count));
    adjustTokens.set(added, count);
    adjustPenalty.set(this.#penalty.subarray(0, count));
    adjustBias.set(this.#bias.subarray(0, count));
    for (const token of forbidden) {
      const slot = this.#slots.get(token);
      if (slot !== undefined) adjustBias[slot] = FORBIDDEN;
    }
    return { adjustTokens, adjustPenalty, adjustBias };
  }

  #slotOf(token: number): number {
    const known = this.#slots.get(token);
    if (known !== undefined) return known;
    const slot = this.#count++;
    if (slot === this.#tokens.length) this.#grow();
    this.#slots.set(token, slot);
    this.#tokens[slot] = token;
    this.#penalty[slot] = 1;
    this.#bias[slot] = 0;
    this.#generated[slot] = 0;
    return slot;
  }

  #grow(): void {
    const room = 2 * this.#tokens.length;
    const [tokens, penalty] = [new Int32Array(room), new Float32Array(room)];
    const [bias, generated] = [new Float64Array(room), new Uint8Array(room)];
    tokens.set(this.#tokens);
    penalty.set(this.#penalty);
    bias.set(this.#bias);
    generated.set(this.#generated);
    [this.#tokens, this.#penalty, this.#bias, this.#generated] = [tokens, penalty, bias, generated];
  }

  // What guesses may change: their own slots, and how many slots there are.
  #state(guesses: Int32Array): Before {
    const slots = [...new Set(guesses)].flatMap((token) => this.#slots.get(token) ?? []);
    return {
      absorbed: this.#absorbed,
      count: this.#count,
      slots: slots.map((slot) => ({
        slot,
        penalty: this.#penalty[slot] ?? 1,
        bias: this.#bias[slot] ?? 0,
        generated: this.#generated[slot] ?? 0,
      })),
    };
  }

  #restore({ absorbed, count, slots }: Before): void {
    for (let slot = count; slot < this.#count; slot++) this.#slots.delete(this.#tokens[slot] ?? 0);
    this.#count = count;
    this.#absorbed = absorbed;
    for (const { slot, penalty, bias, generated } of slots) {
      this.#penalty[slot] = penalty;
      this.#bias[slot] = bias;
      this.#generated[slot] = generated;
    }
  }
}

function sameSums(one: SamplingParameters, other: SamplingParameters): boolean {
  const names = ['repetitionPenalty', 'presencePenalty', 'frequencyPenalty'] as const;
  if (names.some((name) => one[name] !== other[name])) return false;
  const [biases, others] = [[...one.logitBias], [...other.logitBias]];
  if (biases.length !== others.length) return false;
  return biases.every(([token, bias], i) => token === others[i]?.[0] && bias === others[i][1]);
}

interface Before {
  readonly absorbed: number;
  readonly count: number;
  readonly slots: readonly {
    readonly slot: number;
    readonly penalty: number;
    readonly bias: number;
    readonly generated: number;
  }[];
}
