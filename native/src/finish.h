// The end of a linear: bias, residual, and rows of an incomplete panel.
#pragma once

namespace quire::QUIRE_ISA {

__attribute__((noinline)) void finish(const LinearJob& job, int token, int panel, F sum) {
  const int at = panel * LANES;
  const size_t to = (size_t)token * job.rows + at;
  if (job.bias) sum = add(sum, load(job.bias + at));
  if (at + LANES <= job.rows) {
    if (job.residual) sum = add(sum, load(job.residual + to));
    store(job.out + to, sum);
    return;
  }
  float lanes[LANES];
  store(lanes, sum);
  for (int i = 0; at + i < job.rows; i++)
    job.out[to + i] = job.residual ? lanes[i] + job.residual[to + i] : lanes[i];
}

}  // namespace quire::QUIRE_ISA
