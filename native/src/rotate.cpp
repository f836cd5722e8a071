// Rotary embedding: computes the angles of a step and rotates the heads of tokens.

#include "executable.h"

namespace quire {

namespace {

// Computes sine and cosine of an angle up to a million in doubles: reduces the angle by multiples of pi / 2, which is
// represented as the sum of three numbers, and evaluates the Taylor series. The math library of the system is not used,
// because its results differ between versions.
void sineCosine(double angle, double& sine, double& cosine) {
  const double n = __builtin_rint(angle * 0.63661977236758134308);
  const double r = ((angle - n * 1.57079632673412561417e+00) - n * 6.07710050630396597660e-11) -
                   n * 2.02226624879595063154e-21;
  const double z = r * r;
  double s = 1, c = 1;
  for (int i = 9; i >= 1; i--) {
    s = 1 - z / (double)(2 * i * (2 * i + 1)) * s;
    c = 1 - z / (double)((2 * i - 1) * 2 * i) * c;
  }
  s *= r;
  switch ((int64_t)n & 3) {
    case 0: sine = s, cosine = c; return;
    case 1: sine = c, cosine = -s; return;
    case 2: sine = -s, cosine = -c; return;
    default: sine = -c, cosine = s; return;
  }
}

}  // namespace

// Computes the cosine and sine of rotary angles of the step.
void Executable::computeRotations(const Plan& plan, size_t rope, Range range) {
  const RopeTable& table = tape_.ropes[rope];
  float* rotations = (float*)rotations_[rope].get();
  const size_t half = table.frequencies.size();
  for (size_t j = range.from; j < range.to; j++) {
    const float angle = (float)((double)plan.positions[j / half] * (double)table.frequencies[j % half]);
    double sine, cosine;
    sineCosine(angle, sine, cosine);
    float* rotation = rotations + j / half * 2 * half + j % half;
    rotation[0] = (float)((double)(float)cosine * (double)table.magnitude);
    rotation[half] = (float)((double)(float)sine * (double)table.magnitude);
  }
}

void Executable::rotate(int32_t rope, size_t row, int heads, int headDim, const float* in, float* out) const {
  const RopeTable& table = tape_.ropes[(size_t)rope];
  const float* rotation = (const float*)rotations_[(size_t)rope].get() + row * (size_t)table.dim;
  kernels_.rotate({rotation, table.dim, table.splitsHalves, heads, headDim, in, out});
}

void Executable::run(const RopeOp& op, const LoopPart& part) {
  const size_t width = widthOf(op.output);
  for (size_t row = part.range.from; row < part.range.to; row++)
    rotate(op.rope, row, op.heads, op.headDim, floats(op.input) + row * width, floats(op.output) + row * width);
}

}  // namespace quire
