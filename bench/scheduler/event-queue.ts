// A priority queue of timed events, as a binary heap.

interface Entry<Event> {
  readonly at: number;
  readonly event: Event;
}

export class EventQueue<Event> {
  readonly #heap: Entry<Event>[] = [];

  /** time of the next event; undefined if the queue is empty */
  get nextAt(): number | undefined {
    return this.#heap[0]?.at;
  }

  add(at: number, event: Event): void {
    const heap = this.#heap;
    let i = heap.push({ at, event }) - 1;
    while (i > 0 && heap[(i - 1) >> 1]!.at > heap[i]!.at) {
      this.#swap(i, (i - 1) >> 1);
      i = (i - 1) >> 1;
    }
  }

  /** Removes and returns the next event if it is not later than `now`. */
  popDue(now: number): Entry<Event> | undefined {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined || first.at > now) return undefined;
    const last = heap.pop()!;
    if (heap.length > 0) {
      heap[0] = last;
      this.#sink();
    }
    return first;
  }

  #sink(): void {
    const heap = this.#heap;
    for (let i = 0; ; ) {
      const left = 2 * i + 1;
      if (left >= heap.length) return;
      const right = left + 1;
      const least = right < heap.length && heap[right]!.at < heap[left]!.at ? right : left;
      if (heap[i]!.at <= heap[least]!.at) return;
      this.#swap(i, least);
      i = least;
    }
  }

  #swap(a: number, b: number): void {
    const heap = this.#heap;
    [heap[a], heap[b]] = [heap[b]!, heap[a]!];
  }
}
