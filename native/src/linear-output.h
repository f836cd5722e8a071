// Writes the outputs of a linear layer after the multiplication.
#pragma once

namespace quire::QUIRE_ISA {

/** Adds bias and residual to the sums of one token and panel, and stores them, except rows beyond the matrix. */
__attribute__((noinline)) void storeOutputs(const LinearJob& job, int token, int panel, F sums) {
  const int row = panel * LANES;
  const size_t offset = (size_t)token * job.rows + row;
  if (job.bias) sums = add(sums, load(job.bias + row));
  if (row + LANES <= job.rows) {
    if (job.residual) sums = add(sums, load(job.residual + offset));
    store(job.out + offset, sums);
    return;
  }
  float lanes[LANES];
  store(lanes, sums);
  for (int i = 0; row + i < job.rows; i++)
    job.out[offset + i] = job.residual ? lanes[i] + job.residual[offset + i] : lanes[i];
}

}  // namespace quire::QUIRE_ISA
