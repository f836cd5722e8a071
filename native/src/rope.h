// Rotary embedding of the heads of one token.
#pragma once

namespace quire::QUIRE_ISA {

// Rotates pairs of elements: i and i + distance for i = 0, STRIDE, 2 STRIDE and so on. In doubles, so that the products are
// exact. `in` and `out` may be the same.
template <int STRIDE>
inline void rotatePairs(const float* cosines, const float* sines, int pairs, const float* in, float* out, int distance) {
#pragma GCC ivdep
  for (int i = 0; i < pairs; i++) {
    const double cosine = cosines[i], sine = sines[i];
    const double left = in[i * STRIDE], right = in[i * STRIDE + distance];
    out[i * STRIDE] = (float)(left * cosine - right * sine);
    out[i * STRIDE + distance] = (float)(right * cosine + left * sine);
  }
}

void rotate(const RotateJob& job) {
  const int pairs = job.dim / 2;
  const float *cosines = job.rotation, *sines = job.rotation + pairs, *in = job.in;
  float* out = job.out;
  for (int head = 0; head < job.heads; head++, in += job.headDim, out += job.headDim) {
    if (job.splitsHalves) rotatePairs<1>(cosines, sines, pairs, in, out, pairs);
    else rotatePairs<2>(cosines, sines, pairs, in, out, 1);
    if (in != out)
      for (int i = job.dim; i < job.headDim; i++) out[i] = in[i];
  }
}

}  // namespace quire::QUIRE_ISA
