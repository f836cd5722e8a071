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
  float* rotations = rotations_[rope].data();
  const size_t half = table.frequencies.size();
  for (size_t j = range.from; j < range.to; j++) {
    const float angle = (float)((double)plan.positions[j / half] * (double)table.frequencies[j % half]);
    double sine, cosine;
    sineCosine(angle, sine, cosine);
    rotations[2 * j] = (float)((double)(float)cosine * (double)table.magnitude);
    rotations[2 * j + 1] = (float)((double)(float)sine * (double)table.magnitude);
  }
}

void Executable::rotate(const RopeTable& table, const float* rotations, int row, const float* in, float* out, int heads,
                        int headDim) const {
  const int half = table.dim / 2, stride = table.splitsHalves ? 1 : 2, distance = table.splitsHalves ? half : 1;
  const float* rotation = rotations + (size_t)row * (size_t)table.dim;
  for (int head = 0; head < heads; head++, in += headDim, out += headDim) {
    for (int i = 0; i < half; i++) {
      const int a = i * stride, b = a + distance;
      const double cosine = rotation[2 * i], sine = rotation[2 * i + 1], left = in[a], right = in[b];
      out[a] = (float)(left * cosine - right * sine);
      out[b] = (float)(right * cosine + left * sine);
    }
    if (in != out)
      for (int i = table.dim; i < headDim; i++) out[i] = in[i];
  }
}

void Executable::run(const RopeOp& op, const LoopPart& part) {
  const RopeTable& table = tape_.ropes[(size_t)op.rope];
  const float* rotations = rotations_[(size_t)op.rope].data();
  const size_t width = widthOf(op.output);
  for (size_t row = part.range.from; row < part.range.to; row++)
    rotate(table, rotations, (int)row, floats(op.input) + row * width, floats(op.output) + row * width, op.heads,
           op.headDim);
}

}  // namespace quire
