// Chooses the next token. The reference backend (src/kernels/reference/select.ts) defines the result; this
// implementation avoids sorting the whole vocabulary. It allocates no memory, which the threads of WebAssembly must not.

#include <algorithm>
#include <cmath>
#include <cstring>

#include "types.h"

namespace quire {

namespace {

const float EXCLUDED = -__builtin_inff();  // logit of a token that must not be chosen

/** The tokens that can be drawn, in ascending order. weights[i] belongs to ids[i], or to token i if `ids` is null. */
struct Candidates {
  int32_t* ids;
  double* weights;
  int count;
};

double sumOfWeights(const Candidates& c) {
  double total = 0;
  for (int i = 0; i < c.count; i++) total += c.weights[i];
  return total;
}

// Removes the candidates for which `keep(index)` is false.
template <class Keep> void removeExcept(Candidates& c, Keep keep) {
  int count = 0;
  for (int i = 0; i < c.count; i++) {
    if (!keep(i)) continue;
    c.ids[count] = c.ids[i];
    c.weights[count++] = c.weights[i];
  }
  c.count = count;
}

// Returns the k-th largest logit: top-k excludes the tokens with smaller logits. `scratch` has room for the vocabulary.
float kthLargest(const float* logits, int vocab, int k, float* scratch) {
  // The k-th largest of the maxima of equal chunks is a lower bound of the result that few logits exceed.
  const int chunkSize = 64, chunks = vocab / chunkSize;
  float bound = EXCLUDED;
  if (chunks > 4 * k) {
    for (int i = 0; i < chunks; i++)
      scratch[i] = *std::max_element(logits + i * chunkSize, logits + (i + 1) * chunkSize);
    std::nth_element(scratch, scratch + (k - 1), scratch + chunks, [](float a, float b) { return a > b; });
    bound = scratch[k - 1];
  }
  int count = 0;
  for (int i = 0; i < vocab; i++)
    if (logits[i] >= bound) scratch[count++] = logits[i];
  std::nth_element(scratch, scratch + (k - 1), scratch + count, [](float a, float b) { return a > b; });
  return scratch[k - 1];
}

// Top-p: retains the smallest number of tokens whose weights add up to the fraction p of the total. Larger weights come
// first; among equal weights, lower ids come first. The weights are counted in a histogram over their leading bits, so
// that only the bin in which the sum reaches the fraction is sorted. `order` has room for all candidates.
void applyTopP(Candidates& c, double p, int32_t* order) {
  constexpr int BINS_PER_OCTAVE = 32, BINS = 64 * BINS_PER_OCTAVE + 1;
  static thread_local double binWeights[BINS];
  static thread_local int counts[BINS];
  auto binOf = [](double weight) {
    uint64_t bits;
    memcpy(&bits, &weight, 8);
    const int64_t index = (int64_t)(1023 * BINS_PER_OCTAVE + BINS_PER_OCTAVE - 1) - (int64_t)(bits >> 47);
    return (int)std::clamp<int64_t>(index, 0, BINS - 1);
  };
  std::fill(binWeights, binWeights + BINS, 0.0);
  std::fill(counts, counts + BINS, 0);
  for (int i = 0; i < c.count; i++) {
    const int bin = binOf(c.weights[i]);
    binWeights[bin] += c.weights[i];
    counts[bin]++;
  }
  const double target = p * sumOfWeights(c);
  double reached = 0;
  int lastBin = 0;
  while (lastBin < BINS - 1 && reached + binWeights[lastBin] < target) reached += binWeights[lastBin++];
  int count = 0;
  for (int i = 0; i < c.count; i++)
    if (binOf(c.weights[i]) == lastBin) order[count++] = i;
  std::sort(order, order + count, [&](int32_t a, int32_t b) {
    return c.weights[a] != c.weights[b] ? c.weights[a] > c.weights[b] : a < b;
  });
  int retained = 0;
  while (retained < count && reached < target) reached += c.weights[order[retained++]];
  for (int i = retained; i < count; i++) c.weights[order[i]] = 0;
  removeExcept(c, [&](int i) { return c.weights[i] > 0 && binOf(c.weights[i]) <= lastBin; });
}

// Typical-p (Meister et al. 2022): retains the tokens whose surprise is closest to the entropy of the distribution. `distance`
// and `order` have room for all candidates.
void applyTypicalP(Candidates& c, double p, double* distance, int32_t* order) {
  const double total = sumOfWeights(c);
  double* surprise = distance;  // replaced by the distance
  double entropy = 0;
  for (int i = 0; i < c.count; i++) {
    surprise[i] = -std::log(c.weights[i] / total);
    if (c.weights[i] != 0) entropy += c.weights[i] / total * surprise[i];
  }
  for (int i = 0; i < c.count; i++) {
    distance[i] = std::fabs(surprise[i] - entropy);
    order[i] = i;
  }
  std::sort(order, order + c.count,
            [&](int32_t a, int32_t b) { return distance[a] != distance[b] ? distance[a] < distance[b] : a < b; });
  double reached = 0, farthest = 0;
  for (int i = 0; i < c.count && reached < p * total; i++) {
    reached += c.weights[order[i]];
    farthest = distance[order[i]];
  }
  removeExcept(c, [&](int i) { return distance[i] <= farthest; });
}

// Returns the first token, in order of id, at which the cumulative weight exceeds the fraction `uniform` of the total.
// Blocks of tokens are skipped if the token is not in them. `fallback` is returned if no weight is above zero.
int32_t drawToken(const Candidates& c, double uniform, int32_t fallback) {
  constexpr int BLOCK = 256, LANES = 8;
  auto sumOfBlock = [&](int from, int to) {
    double sums[LANES] = {};
    int i = from;
    for (; i + LANES <= to; i += LANES)
      for (int lane = 0; lane < LANES; lane++) sums[lane] += c.weights[i + lane];
    for (; i < to; i++) sums[0] += c.weights[i];
    return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
  };
  double total = 0;
  for (int from = 0; from < c.count; from += BLOCK) total += sumOfBlock(from, std::min(from + BLOCK, c.count));
  const double target = uniform * total;
  double reached = 0;
  int lastToken = -1;
  for (int from = 0; from < c.count; from += BLOCK) {
    const int to = std::min(from + BLOCK, c.count);
    const double blockSum = sumOfBlock(from, to);
    if (reached + blockSum <= target) {
      reached += blockSum;
      continue;
    }
    for (int i = from; i < to; i++) {
      if (c.weights[i] == 0) continue;
      lastToken = i;
      reached += c.weights[i];
      if (reached > target) return c.ids ? c.ids[i] : i;
    }
  }
  // Rounding made the sum smaller than the target: the last token with a weight is returned.
  for (int i = c.count - 1; i >= 0 && lastToken < 0; i--)
    if (c.weights[i] > 0) lastToken = i;
  return lastToken < 0 ? fallback : c.ids ? c.ids[lastToken] : lastToken;
}

// Writes the log-probabilities, which are computed from the logits before adjustments.
void writeLogprobs(const Kernels& kernels, const SelectJob& job) {
  const int count = job.selection.logprobs;
  int best;
  if (!kernels.argmax(job.logits, job.vocab, &best)) return;
  const double largest = job.logits[best];
  const double logTotal = std::log(kernels.expSum(job.logits, job.vocab, largest, 1.0, job.weights));
  auto logprob = [&](int id) { return (double)job.logits[id] - largest - logTotal; };
  job.logprobs[0] = logprob(*job.token);
  int foundCount = 0;
  for (int id = 0; id < job.vocab && count > 0; id++) {
    const float logit = job.logits[id];
    if (!(logit > EXCLUDED) || (foundCount == count && !(logit > job.logits[job.topTokens[foundCount - 1]]))) continue;
    int rank = foundCount < count ? foundCount++ : count - 1;
    for (; rank > 0 && job.logits[job.topTokens[rank - 1]] < logit; rank--)
      job.topTokens[rank] = job.topTokens[rank - 1];
    job.topTokens[rank] = id;
  }
  for (int i = 0; i < count; i++) {
    if (i < foundCount) job.logprobs[1 + i] = logprob(job.topTokens[i]);
    else job.topTokens[i] = -1;
  }
}

}  // namespace

void selectToken(const Kernels& kernels, const SelectJob& job) {
  const Selection& selection = job.selection;
  const float* logits = job.logits;
  const int vocab = job.vocab;
  if (selection.adjustmentCount > 0) {
    memcpy(job.adjusted, logits, (size_t)vocab * sizeof(float));
    for (int i = 0; i < selection.adjustmentCount; i++) {
      const double logit = job.adjusted[job.adjustTokens[i]], penalty = job.adjustPenalty[i];
      job.adjusted[job.adjustTokens[i]] =
          (float)((logit > 0 ? logit / penalty : logit * penalty) + (double)job.adjustBias[i]);
    }
    logits = job.adjusted;
  }
  int best;
  *job.token = 0;
  *job.outcome = Outcome::BAD_LOGITS;
  if (!kernels.argmax(logits, vocab, &best) || logits[best] == __builtin_inff()) return;
  if (logits[best] == EXCLUDED) {
    for (int i = 0; i < vocab; i++)
      if (job.logits[i] != EXCLUDED) *job.outcome = Outcome::NO_TOKEN_ALLOWED;
    return;
  }
  *job.outcome = Outcome::CHOSEN;
  *job.token = best;
  if (selection.temperature > 0) {
    Candidates candidates{job.ids, job.weights, 0};
    const double temperature = std::clamp(selection.temperature, 1e-30, 1e30);  // the inverse must be a finite float
    const double largest = logits[best];
    if (selection.topK > 0 && selection.topK < vocab) {
      // `weights` is used as scratch memory until the weights are computed.
      const float threshold = kthLargest(logits, vocab, selection.topK, (float*)job.weights);
      // `remaining` and `logits` may be the same array: the write index never exceeds the read index.
      float* remaining = job.adjusted;
      for (int i = 0; i < vocab; i++) {
        if (!(logits[i] >= threshold)) continue;
        job.ids[candidates.count] = i;
        remaining[candidates.count++] = logits[i];
      }
      kernels.expSum(remaining, candidates.count, largest, temperature, job.weights);
    } else {
      candidates.count = vocab;
      if (selection.topP < 1 || selection.minP > 0 || selection.typicalP < 1)
        for (int i = 0; i < vocab; i++) job.ids[i] = i;
      else candidates.ids = nullptr;
      kernels.expSum(logits, vocab, largest, temperature, job.weights);
    }
    int32_t* order = (int32_t*)job.adjusted;  // the logits are no longer needed
    if (selection.topP < 1) applyTopP(candidates, selection.topP, order);
    if (selection.minP > 0) removeExcept(candidates, [&](int i) { return candidates.weights[i] >= selection.minP; });
    if (selection.typicalP < 1) applyTypicalP(candidates, selection.typicalP, job.distances, order);
    *job.token = drawToken(candidates, selection.uniform, best);
  }
  if (selection.logprobs >= 0) writeLogprobs(kernels, job);
}

}  // namespace quire
