// select: chooses the next token. The reference defines the order of penalties and cuts
// (src/kernels/reference/select.ts); here it is computed without sorting the whole vocabulary.

#include <algorithm>
#include <cmath>
#include <cstring>

#include "types.h"

namespace quire {

namespace {

const float NONE = -__builtin_inff();

/** Tokens that can still be drawn, in ascending order: ids[i] has weights[i]. Null `ids` means all tokens. */
struct Candidates {
  int32_t* ids;
  double* weights;
  int count;
};

double sumOf(const Candidates& c) {
  double total = 0;
  for (int i = 0; i < c.count; i++) total += c.weights[i];
  return total;
}

template <class Keep> void keepOnly(Candidates& c, Keep keep) {
  int to = 0;
  for (int i = 0; i < c.count; i++) {
    if (!keep(i)) continue;
    c.ids[to] = c.ids[i];
    c.weights[to++] = c.weights[i];
  }
  c.count = to;
}

// Returns the k-th largest logit; top-k drops smaller ones and keeps equal ones. `scratch` has the length of the
// vocabulary.
float kthLargest(const float* logits, int vocab, int k, float* scratch) {
  // The k-th largest of the maxima of many runs is a bound that leaves few logits to be sorted.
  const int run = 64, runs = vocab / run;
  float bound = NONE;
  if (runs > 4 * k) {
    for (int r = 0; r < runs; r++) scratch[r] = *std::max_element(logits + r * run, logits + (r + 1) * run);
    std::nth_element(scratch, scratch + (k - 1), scratch + runs, [](float a, float b) { return a > b; });
    bound = scratch[k - 1];
  }
  int count = 0;
  for (int i = 0; i < vocab; i++)
    if (logits[i] >= bound) scratch[count++] = logits[i];
  std::nth_element(scratch, scratch + (k - 1), scratch + count, [](float a, float b) { return a > b; });
  return scratch[k - 1];
}

// Keeps the fewest tokens, largest first and lower ids first among equals, whose weights reach p of the total.
// A histogram over the leading bits of the weights is built first, so that only the bin in which the sum reaches p is
// sorted.
void cutTopP(Candidates& c, double p) {
  constexpr int BINS_PER_OCTAVE = 32, BINS = 64 * BINS_PER_OCTAVE + 1;
  static thread_local double mass[BINS];
  static thread_local int counts[BINS];
  auto binOf = [](double weight) {
    uint64_t bits;
    memcpy(&bits, &weight, 8);
    const int64_t index = (int64_t)(1023 * BINS_PER_OCTAVE + BINS_PER_OCTAVE - 1) - (int64_t)(bits >> 47);
    return (int)std::clamp<int64_t>(index, 0, BINS - 1);
  };
  std::fill(mass, mass + BINS, 0.0);
  std::fill(counts, counts + BINS, 0);
  for (int i = 0; i < c.count; i++) {
    const int bin = binOf(c.weights[i]);
    mass[bin] += c.weights[i];
    counts[bin]++;
  }
  const double target = p * sumOf(c);
  double reached = 0;
  int lastBin = 0;
  while (lastBin < BINS - 1 && reached + mass[lastBin] < target) reached += mass[lastBin++];
  int32_t* order = new int32_t[(size_t)counts[lastBin] + 1];
  int count = 0;
  for (int i = 0; i < c.count; i++)
    if (binOf(c.weights[i]) == lastBin) order[count++] = i;
  std::sort(order, order + count, [&](int32_t a, int32_t b) {
    return c.weights[a] != c.weights[b] ? c.weights[a] > c.weights[b] : a < b;
  });
  int kept = 0;
  while (kept < count && reached < target) reached += c.weights[order[kept++]];
  for (int i = kept; i < count; i++) c.weights[order[i]] = 0;
  delete[] order;
  keepOnly(c, [&](int i) { return c.weights[i] > 0 && binOf(c.weights[i]) <= lastBin; });
}

void cutTypicalP(Candidates& c, double p) {
  const double total = sumOf(c);
  double* surprise = new double[(size_t)c.count * 2];
  double* distance = surprise + c.count;
  double entropy = 0;
  for (int i = 0; i < c.count; i++) {
    surprise[i] = -std::log(c.weights[i] / total);
    if (c.weights[i] != 0) entropy += c.weights[i] / total * surprise[i];
  }
  int32_t* order = new int32_t[(size_t)c.count];
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
  keepOnly(c, [&](int i) { return distance[i] <= farthest; });
  delete[] order;
  delete[] surprise;
}

// Returns the first token, in order of id, at which the cumulative weight exceeds the fraction `uniform` of the total.
// Whole blocks are skipped by their sums.
int32_t draw(const Candidates& c, double uniform, int32_t likeliest) {
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
  int last = -1;
  for (int from = 0; from < c.count; from += BLOCK) {
    const int to = std::min(from + BLOCK, c.count);
    const double whole = sumOfBlock(from, to);
    if (reached + whole <= target) {
      reached += whole;
      continue;
    }
    for (int i = from; i < to; i++) {
      if (c.weights[i] == 0) continue;
      last = i;
      reached += c.weights[i];
      if (reached > target) return c.ids ? c.ids[i] : i;
    }
  }
  // The sum fell short by rounding: returns the last token with a weight, or the likeliest one if the cuts left none.
  for (int i = c.count - 1; i >= 0 && last < 0; i--)
    if (c.weights[i] > 0) last = i;
  return last < 0 ? likeliest : c.ids ? c.ids[last] : last;
}

// Writes the log-probabilities, computed from the model's logits before adjustments.
void reportLogprobs(const Kernels& kernels, const SelectJob& job) {
  const int count = job.row.logprobs;
  int best;
  if (!kernels.scan(job.logits, job.vocab, &best)) return;
  const double largest = job.logits[best];
  const double logTotal = std::log(kernels.weigh(job.logits, job.vocab, largest, 1.0, job.weights));
  auto logprob = [&](int id) { return (double)job.logits[id] - largest - logTotal; };
  job.logprobs[0] = logprob(*job.token);
  int found = 0;
  for (int id = 0; id < job.vocab && count > 0; id++) {
    const float logit = job.logits[id];
    if (!(logit > NONE) || (found == count && !(logit > job.logits[job.likeliest[found - 1]]))) continue;
    int at = found < count ? found++ : count - 1;
    for (; at > 0 && job.logits[job.likeliest[at - 1]] < logit; at--) job.likeliest[at] = job.likeliest[at - 1];
    job.likeliest[at] = id;
  }
  for (int i = 0; i < count; i++) {
    if (i < found) job.logprobs[1 + i] = logprob(job.likeliest[i]);
    else job.likeliest[i] = -1;
  }
}

}  // namespace

void select(const Kernels& kernels, const SelectJob& job) {
  const Selection& row = job.row;
  const float* logits = job.logits;
  const int vocab = job.vocab;
  if (row.adjustCount > 0) {
    memcpy(job.adjusted, logits, (size_t)vocab * sizeof(float));
    for (int i = 0; i < row.adjustCount; i++) {
      const double logit = job.adjusted[job.adjustTokens[i]], penalty = job.adjustPenalty[i];
      job.adjusted[job.adjustTokens[i]] =
          (float)((logit > 0 ? logit / penalty : logit * penalty) + (double)job.adjustBias[i]);
    }
    logits = job.adjusted;
  }
  int best;
  *job.token = 0;
  *job.outcome = Outcome::BAD_LOGITS;
  if (!kernels.scan(logits, vocab, &best) || logits[best] == __builtin_inff()) return;
  if (logits[best] == NONE) {
    for (int i = 0; i < vocab; i++)
      if (job.logits[i] != NONE) *job.outcome = Outcome::NO_TOKEN_ALLOWED;
    return;
  }
  *job.outcome = Outcome::CHOSEN;
  *job.token = best;
  if (row.temperature > 0) {
    Candidates candidates{job.ids, job.weights, 0};
    const double temperature = std::clamp(row.temperature, 1e-30, 1e30);  // its inverse must be a finite float
    const double largest = logits[best];
    if (row.topK > 0 && row.topK < vocab) {
      // `weights` is used as scratch memory until the weights are computed.
      const float threshold = kthLargest(logits, vocab, row.topK, (float*)job.weights);
      float* remaining = job.adjusted;  // compacted in place: the write index never passes the read index
      for (int i = 0; i < vocab; i++) {
        if (!(logits[i] >= threshold)) continue;
        job.ids[candidates.count] = i;
        remaining[candidates.count++] = logits[i];
      }
      kernels.weigh(remaining, candidates.count, largest, temperature, job.weights);
    } else {
      candidates.count = vocab;
      if (row.topP < 1 || row.minP > 0 || row.typicalP < 1)
        for (int i = 0; i < vocab; i++) job.ids[i] = i;
      else candidates.ids = nullptr;
      kernels.weigh(logits, vocab, largest, temperature, job.weights);
    }
    if (row.topP < 1) cutTopP(candidates, row.topP);
    if (row.minP > 0) keepOnly(candidates, [&](int i) { return candidates.weights[i] >= row.minP; });
    if (row.typicalP < 1) cutTypicalP(candidates, row.typicalP);
    *job.token = draw(candidates, row.uniform, best);
  }
  if (row.logprobs >= 0) reportLogprobs(kernels, job);
}

}  // namespace quire
