// The adjustments of the logits of one sequence that depend on its tokens. They are updated token by token: each token is
// counted once. A row of logits uses views of the arrays, so the time for a row depends neither on the length of the text
// nor on the number of distinct tokens.
//
//   prompt [7, 5], answer so far [5, 9], repetition penalty 1.5, presence penalty 0.5, frequency penalty 0.25, bias {9: 2},
//   bad sequence [9, 4]
//   adjustTokens   [   9,   7,    5,         4]
//   adjustPenalty  [ 1.5, 1.5,  1.5,         1]   of each token of prompt and answer
//   adjustBias     [1.25,   0, -.75, -Infinity]   presence and frequency penalties only of tokens of the answer
//
// A token that is counted or has a bias has a slot in the arrays: here, the first three. A token that is forbidden only for
// the next row temporarily changes the bias of its slot or, like token 4, is written after the last slot. These changes are
// undone before the next row. In a step with draft tokens, several rows are used at the same time: the rows after drafts are
// copies of the arrays in which the drafts are counted, so that a rejected draft never changes the arrays.
//
// Each sum is computed in the order of the text, starting with the logit bias. The bits of the sums therefore do not depend
// on when a token was counted: forks, sequences with drafts and preempted sequences have the same sums.

import type { QuireError } from '../base/errors.ts';
import type { SelectionRow } from '../base/step/selection.ts';
import { adjustmentError } from './check-row.ts';
import { forbiddenForNextToken, type SampledSequence } from './forbidden-tokens.ts';
import type { SamplingParameters } from './parameters.ts';
import { TokenSlots } from './token-slots.ts';

export type Adjustments = Pick<SelectionRow, 'adjustTokens' | 'adjustPenalty' | 'adjustBias'>;

const FORBIDDEN = Number.NEGATIVE_INFINITY;
const INITIAL_SLOTS = 16;

export class TokenAdjustments {
  readonly #parameters: SamplingParameters;
  readonly #vocabSize: number;
  readonly #slots = new TokenSlots();
  #tokens = new Int32Array(INITIAL_SLOTS); // [slots], as the next four arrays
  #penalty = new Float32Array(INITIAL_SLOTS);
  #bias = new Float32Array(INITIAL_SLOTS); // the sum, or -Infinity if the token is forbidden for the last row
  #sum = new Float64Array(INITIAL_SLOTS);
  #generated = new Uint8Array(INITIAL_SLOTS); // 1 if the token is in the answer
  #countedTokens = 0; // number of counted tokens
  readonly #forbidden: number[] = []; // slots of tokens that are forbidden for the last row
  #view: Adjustments | undefined; // the last row, which is reused if the next row has the same length
  #error: QuireError | undefined;

  /** @param vocabSize the backend can adjust only smaller token ids */
  constructor(parameters: SamplingParameters, vocabSize = Number.POSITIVE_INFINITY) {
    this.#parameters = parameters;
    this.#vocabSize = vocabSize;
    for (const [token, bias] of parameters.logitBias) this.#setSlot(this.#slotOf(token), 1, bias);
  }

  /**
   * Copies the state of `other`, so that its tokens are not counted again. The first `length` tokens of both sequences are
   * the same. Does nothing if the sums of the two sequences differ.
   */
  startFrom(other: TokenAdjustments, length: number): void {
    if (this.#countedTokens > 0 || other.#countedTokens > length) return;
    if (!haveSameSums(this.#parameters, other.#parameters)) return;
    this.#slots.copyFrom(other.#slots);
    this.#tokens = other.#tokens.slice();
    this.#penalty = other.#penalty.slice();
    this.#bias = other.#bias.slice();
    this.#sum = other.#sum.slice();
    this.#generated = other.#generated.slice();
    this.#countedTokens = other.#countedTokens;
    this.#error = other.#error;
    for (const slot of other.#forbidden) this.#bias[slot] = this.#sum[slot]!;
  }

  /**
   * Counts the first `length` tokens of a sequence, which must not change afterwards. Previously returned adjustments must
   * not be used afterwards.
   */
  countTokens({ tokens, promptLength }: SampledSequence, length: number): void {
    const { repetitionPenalty } = this.#parameters;
    let from = this.#countedTokens;
    if (from >= length || !this.#dependsOnText) return;
    this.#clearForbidden();
    if (repetitionPenalty === 1) from = Math.max(from, promptLength);
    for (let i = from; i < length; i++) {
      const slot = this.#slotOf(tokens[i]!);
      let sum = this.#sum[slot]!;
      if (i >= promptLength) {
        sum = this.#sumAfter(sum, this.#generated[slot] === 1);
        this.#generated[slot] = 1;
      }
      this.#setSlot(slot, repetitionPenalty, sum);
    }
    this.#countedTokens = length;
  }

  /**
   * Returns the adjustments for the token after `sequence`. They are valid until more tokens are counted or adjustments
   * without drafts are requested again. Throws `bad_option` if no backend can process them.
   * @param drafts number of draft tokens at the end of `sequence`, which may be rejected
   */
  adjustmentsAfter(sequence: SampledSequence, drafts = 0): Adjustments {
    this.countTokens(sequence, sequence.tokens.length - drafts);
    if (this.#error !== undefined) throw this.#error;
    return drafts === 0 ? this.#withoutDrafts(sequence) : this.#withDrafts(sequence, drafts);
  }

  get #dependsOnText(): boolean {
    const { repetitionPenalty, presencePenalty, frequencyPenalty } = this.#parameters;
    return repetitionPenalty !== 1 || presencePenalty !== 0 || frequencyPenalty !== 0;
  }

  // Returns the sum of a token after one more occurrence in the answer.
  #sumAfter(sum: number, isGenerated: boolean): number {
    const { presencePenalty, frequencyPenalty } = this.#parameters;
    return (isGenerated ? sum : sum - presencePenalty) - frequencyPenalty;
  }

  #withoutDrafts(sequence: SampledSequence): Adjustments {
    this.#clearForbidden();
    let length = this.#slots.count;
    for (const token of forbiddenForNextToken(this.#parameters, sequence)) {
      const slot = this.#slots.get(token);
      if (slot === undefined) this.#write(length++, token, 1, FORBIDDEN);
      else {
        this.#bias[slot] = FORBIDDEN;
        this.#forbidden.push(slot);
      }
    }
    if (this.#view?.adjustTokens.length === length) return this.#view;
    this.#view = {
      adjustTokens: this.#tokens.subarray(0, length),
      adjustPenalty: this.#penalty.subarray(0, length),
      adjustBias: this.#bias.subarray(0, length),
    };
    return this.#view;
  }

  #withDrafts(sequence: SampledSequence, drafts: number): Adjustments {
    const { tokens, promptLength } = sequence;
    const forbidden = forbiddenForNextToken(this.#parameters, sequence);
    const draftTokens = this.#dependsOnText ? tokens.subarray(tokens.length - drafts) : NO_TOKENS;
    const copy = this.#copy(draftTokens.length + forbidden.size);
    const changed = new Map<number, { slot: number; sum: number; generated: boolean }>();
    let length = this.#slots.count;
    draftTokens.forEach((token, i) => {
      const existing = this.#slots.get(token);
      const { slot, sum, generated } = changed.get(token) ?? {
        slot: existing ?? length++,
        sum: existing === undefined ? 0 : this.#sum[existing]!,
        generated: existing !== undefined && this.#generated[existing] === 1,
      };
      const inAnswer = tokens.length - drafts + i >= promptLength;
      const newSum = inAnswer ? this.#sumAfter(sum, generated) : sum;
      changed.set(token, { slot, sum: newSum, generated: generated || inAnswer });
      copy.adjustTokens[slot] = token;
      copy.adjustPenalty[slot] = this.#parameters.repetitionPenalty;
      copy.adjustBias[slot] = newSum;
      const error = this.#errorFor(token, copy.adjustPenalty[slot]!, copy.adjustBias[slot]!);
      if (error !== undefined) throw error;
    });
    for (const token of forbidden) {
      const slot = changed.get(token)?.slot ?? this.#slots.get(token) ?? length++;
      copy.adjustTokens[slot] = token;
      copy.adjustBias[slot] = FORBIDDEN;
    }
    return {
      adjustTokens: copy.adjustTokens.subarray(0, length),
      adjustPenalty: copy.adjustPenalty.subarray(0, length),
      adjustBias: copy.adjustBias.subarray(0, length),
    };
  }

  // Returns a copy of the slots, in which no token is forbidden for one row only, with `additional` slots without effect.
  #copy(additional: number): Adjustments {
    const count = this.#slots.count;
    const adjustTokens = new Int32Array(count + additional);
    const adjustPenalty = new Float32Array(count + additional).fill(1, count);
    const adjustBias = new Float32Array(count + additional);
    adjustTokens.set(this.#tokens.subarray(0, count));
    adjustPenalty.set(this.#penalty.subarray(0, count));
    adjustBias.set(this.#bias.subarray(0, count));
    for (const slot of this.#forbidden) adjustBias[slot] = this.#sum[slot]!;
    return { adjustTokens, adjustPenalty, adjustBias };
  }

  // Resets the biases of the tokens that were forbidden for the last row.
  #clearForbidden(): void {
    for (const slot of this.#forbidden) this.#bias[slot] = this.#sum[slot]!;
    this.#forbidden.length = 0;
  }

  #slotOf(token: number): number {
    const before = this.#slots.count;
    const slot = this.#slots.add(token);
    if (slot < before) return slot;
    this.#write(slot, token, 1, 0);
    this.#sum[slot] = 0;
    this.#generated[slot] = 0;
    return slot;
  }

  #setSlot(slot: number, penalty: number, sum: number): void {
    this.#sum[slot] = sum;
    this.#penalty[slot] = penalty;
    this.#bias[slot] = sum;
    this.#error ??= this.#errorFor(this.#tokens[slot]!, this.#penalty[slot], this.#bias[slot]);
  }

  #write(slot: number, token: number, penalty: number, bias: number): void {
    if (slot === this.#tokens.length) this.#grow();
    this.#tokens[slot] = token;
    this.#penalty[slot] = penalty;
    this.#bias[slot] = bias;
  }

  #errorFor(token: number, penalty: number, bias: number): QuireError | undefined {
    return adjustmentError(token, penalty, bias, this.#vocabSize);
  }

  #grow(): void {
    const capacity = 2 * this.#tokens.length;
    const [tokens, penalty, bias] = [
      new Int32Array(capacity),
      new Float32Array(capacity),
      new Float32Array(capacity),
    ];
    const [sum, generated] = [new Float64Array(capacity), new Uint8Array(capacity)];
    tokens.set(this.#tokens);
    penalty.set(this.#penalty);
    bias.set(this.#bias);
    sum.set(this.#sum);
    generated.set(this.#generated);
    [this.#tokens, this.#penalty, this.#bias] = [tokens, penalty, bias];
    [this.#sum, this.#generated] = [sum, generated];
    this.#view = undefined;
  }
}

const NO_TOKENS = new Int32Array(0);

function haveSameSums(first: SamplingParameters, second: SamplingParameters): boolean {
  const names = ['repetitionPenalty', 'presencePenalty', 'frequencyPenalty'] as const;
  if (names.some((name) => first[name] !== second[name])) return false;
  const [firstBiases, secondBiases] = [[...first.logitBias], [...second.logitBias]];
  if (firstBiases.length !== secondBiases.length) return false;
  return firstBiases.every(
    ([token, bias], i) => token === secondBiases[i]?.[0] && bias === secondBiases[i][1],
  );
}
