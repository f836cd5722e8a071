// A stable, bottom-up merge sort that pauses.

import type { Steps } from '../../../base/steps.ts';
import type { RenderState } from '../values/values.ts';

/** Sorts items. `order(a, b)` returns a negative number if `a` comes before `b`. */
export function* mergeSort<T>(
  items: readonly T[],
  order: (a: T, b: T) => number,
  state: RenderState,
): Steps<T[]> {
  let sorted = [...items];
  for (let width = 1; width < sorted.length; width *= 2) {
    const merged: T[] = [];
    for (let start = 0; start < sorted.length; start += 2 * width) {
      const middle = Math.min(start + width, sorted.length);
      const end = Math.min(start + 2 * width, sorted.length);
      for (let left = start, right = middle; left < middle || right < end; ) {
        const [leftItem, rightItem] = [sorted[left] as T, sorted[right] as T];
        const isRightNext = left >= middle || (right < end && order(rightItem, leftItem) < 0);
        merged.push(isRightNext ? rightItem : leftItem);
        if (isRightNext) right++;
        else left++;
        state.budget.step();
        if (state.budget.isPauseDue()) yield;
      }
    }
    sorted = merged;
  }
  return sorted;
}
