// The adjustments that the tokens so far make to the logits of one sequence, updated token by token: each token is
// counted once, however long the text is. A row of logits is a view of these arrays, so its cost does not depend on
// the length of the text or the number of distinct tokens.
//
//   prompt [7, 5], answer so far [5, 9], repetition penalty 1.5, presence 0.5, frequency 0.25, bias {9: 2},
//   bad sequence [9, 4]
//   adjustTokens   [   9,   7,    5,         4]
//   adjustPenalty  [ 1.5, 1.5,  1.5,         1]   on each token of prompt and answer
//   adjustBias     [1.25,   0, -.75, -Infinity]   presence and frequency on tokens of the answer only
//
// The first three are slots, which persist. Tokens forbidden for one row only overwrite a slot or, like token 4,
// follow the last one; they are undone before the text grows. Rows after drafts are needed at the same time as the
// row before them. They are copies to which the drafts are added, so that a rejected draft never reaches the arrays.
//
// Every sum is computed in the order of the text, starting with the caller's biases. Its bits therefore do not depend
// on when a token was counted: forks, drafts and preempted sequences get the same result.

import type { QuireError } from '../base/errors.ts';
import type { SelectionRow } from '../base/step/selection.ts';
import { adjustmentFault } from './check-row.ts';
import { forbiddenForOneRow, type SampledSequence } from './forbidden-tokens.ts';
import type { SamplingParameters } from './parameters.ts';
import { TokenSlots } from './token-slots.ts';

export type Adjustments = Pick<SelectionRow, 'adjustTokens' | 'adjustPenalty' | 'adjustBias'>;

const FORBIDDEN = Number.NEGATIVE_INFINITY;
const INITIAL_SLOTS = 16;

export class TokenAdjustments {
  readonly #parameters: SamplingParameters;
  readonly #vocabSize: number;
  readonly #slots = new TokenSlots();
  #tokens = new Int32Array(INITIAL_SLOTS); // [slots], as the four below
  #penalty = new Float32Array(INITIAL_SLOTS);
  #bias = new Float32Array(INITIAL_SLOTS); // the sum, or -Infinity while a row forbids the token
  #sum = new Float64Array(INITIAL_SLOTS);
  #generated = new Uint8Array(INITIAL_SLOTS); // 1 for tokens of the answer
  #countedTokens = 0; // number of counted tokens
  readonly #forbidden: number[] = []; // slots whose bias is -Infinity for the last row
  #view: Adjustments | undefined; // the last row, reused while its length is the same
  #fault: QuireError | undefined;

  /** @param vocabSize ids below it can be adjusted by the backend */
  constructor(parameters: SamplingParameters, vocabSize = Number.POSITIVE_INFINITY) {
    this.#parameters = parameters;
    this.#vocabSize = vocabSize;
    for (const [token, bias] of parameters.logitBias) this.#setSlot(this.#slotOf(token), 1, bias);
  }

  /**
   * Copies the state of `other`, whose sequence has the same first `length` tokens, instead of counting them again.
   * Does nothing if the sums would differ.
   */
  startFrom(other: TokenAdjustments, length: number): void {
    if (this.#countedTokens > 0 || other.#countedTokens > length) return;
    if (!sameSums(this.#parameters, other.#parameters)) return;
    this.#slots.copyFrom(other.#slots);
    this.#tokens = other.#tokens.slice();
    this.#penalty = other.#penalty.slice();
    this.#bias = other.#bias.slice();
    this.#sum = other.#sum.slice();
    this.#generated = other.#generated.slice();
    this.#countedTokens = other.#countedTokens;
    this.#fault = other.#fault;
    for (const slot of other.#forbidden) this.#bias[slot] = this.#sum[slot]!;
  }

  /**
   * Counts the first `length` tokens of a sequence; they must not change afterwards. Invalidates the rows made
   * before.
   */
  countTokens({ tokens, promptLength }: SampledSequence, length: number): void {
    const { repetitionPenalty } = this.#parameters;
    let from = this.#countedTokens;
    if (from >= length || !this.#dependsOnText) return;
    this.#clearForbidden();
    if (repetitionPenalty === 1) from = Math.max(from, promptLength);
    for (let at = from; at < length; at++) {
      const slot = this.#slotOf(tokens[at]!);
      let sum = this.#sum[slot]!;
      if (at >= promptLength) {
        sum = this.#sumAfter(sum, this.#generated[slot] === 1);
        this.#generated[slot] = 1;
      }
      this.#setSlot(slot, repetitionPenalty, sum);
    }
    this.#countedTokens = length;
  }

  /**
   * Returns the adjustments for the token after `sequence`. They are valid until more tokens are counted or another
   * row without drafts is made. Throws `bad_option` if no backend can process them.
   * @param drafts how many of the last tokens are drafts, which may still be rejected
   */
  after(sequence: SampledSequence, drafts = 0): Adjustments {
    this.countTokens(sequence, sequence.tokens.length - drafts);
    if (this.#fault !== undefined) throw this.#fault;
    return drafts === 0 ? this.#inPlace(sequence) : this.#withDrafts(sequence, drafts);
  }

  get #dependsOnText(): boolean {
    const { repetitionPenalty, presencePenalty, frequencyPenalty } = this.#parameters;
    return repetitionPenalty !== 1 || presencePenalty !== 0 || frequencyPenalty !== 0;
  }

  // The sum of a token after one more occurrence in the answer.
  #sumAfter(sum: number, generated: boolean): number {
    const { presencePenalty, frequencyPenalty } = this.#parameters;
    return (generated ? sum : sum - presencePenalty) - frequencyPenalty;
  }

  #inPlace(sequence: SampledSequence): Adjustments {
    this.#clearForbidden();
    let length = this.#slots.count;
    for (const token of forbiddenForOneRow(this.#parameters, sequence)) {
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
    const forbidden = forbiddenForOneRow(this.#parameters, sequence);
    const draftTokens = this.#dependsOnText ? tokens.subarray(tokens.length - drafts) : NO_TOKENS;
    const copy = this.#copy(draftTokens.length + forbidden.size);
    const changed = new Map<number, { slot: number; sum: number; generated: boolean }>();
    let length = this.#slots.count;
    draftTokens.forEach((token, i) => {
      const known = this.#slots.get(token);
      const { slot, sum, generated } = changed.get(token) ?? {
        slot: known ?? length++,
        sum: known === undefined ? 0 : this.#sum[known]!,
        generated: known !== undefined && this.#generated[known] === 1,
      };
      const inAnswer = tokens.length - drafts + i >= promptLength;
      const after = inAnswer ? this.#sumAfter(sum, generated) : sum;
      changed.set(token, { slot, sum: after, generated: generated || inAnswer });
      copy.adjustTokens[slot] = token;
      copy.adjustPenalty[slot] = this.#parameters.repetitionPenalty;
      copy.adjustBias[slot] = after;
      const fault = this.#faultOf(token, copy.adjustPenalty[slot]!, copy.adjustBias[slot]!);
      if (fault !== undefined) throw fault;
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

  // A copy of the slots without the tokens forbidden for one row, with room for `more` neutral slots.
  #copy(more: number): Adjustments {
    const count = this.#slots.count;
    const adjustTokens = new Int32Array(count + more);
    const adjustPenalty = new Float32Array(count + more).fill(1, count);
    const adjustBias = new Float32Array(count + more);
    adjustTokens.set(this.#tokens.subarray(0, count));
    adjustPenalty.set(this.#penalty.subarray(0, count));
    adjustBias.set(this.#bias.subarray(0, count));
    for (const slot of this.#forbidden) adjustBias[slot] = this.#sum[slot]!;
    return { adjustTokens, adjustPenalty, adjustBias };
  }

  // Undoes the forbidden tokens of the last row.
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
    this.#fault ??= this.#faultOf(this.#tokens[slot]!, this.#penalty[slot], this.#bias[slot]);
  }

  #write(slot: number, token: number, penalty: number, bias: number): void {
    if (slot === this.#tokens.length) this.#grow();
    this.#tokens[slot] = token;
    this.#penalty[slot] = penalty;
    this.#bias[slot] = bias;
  }

  #faultOf(token: number, penalty: number, bias: number): QuireError | undefined {
    return adjustmentFault(token, penalty, bias, this.#vocabSize);
  }

  #grow(): void {
    const room = 2 * this.#tokens.length;
    const [tokens, penalty, bias] = [new Int32Array(room), new Float32Array(room), new Float32Array(room)];
    const [sum, generated] = [new Float64Array(room), new Uint8Array(room)];
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

function sameSums(one: SamplingParameters, other: SamplingParameters): boolean {
  const names = ['repetitionPenalty', 'presencePenalty', 'frequencyPenalty'] as const;
  if (names.some((name) => one[name] !== other[name])) return false;
  const [biases, others] = [[...one.logitBias], [...other.logitBias]];
  if (biases.length !== others.length) return false;
  return biases.every(([token, bias], i) => token === others[i]?.[0] && bias === others[i][1]);
}
