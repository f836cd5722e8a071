// A queue of events ordered by time: a binary heap.

interface Entry<Event> {
  readonly time: number;
  readonly event: Event;
}

export class EventQueue<Event> {
  readonly #heap: Entry<Event>[] = [];

  /** time of the next event; undefined if the queue is empty */
  get nextTime(): number | undefined {
    return this.#heap[0]?.time;
  }

  add(time: number, event: Event): void {
    const heap = this.#heap;
    let i = heap.push({ time, event }) - 1;
    while (i > 0 && heap[(i - 1) >> 1]!.time > heap[i]!.time) {
      this.#swap(i, (i - 1) >> 1);
      i = (i - 1) >> 1;
    }
  }

  /** Removes and returns the next event if its time is not later than `now`. */
  popDue(now: number): Entry<Event> | undefined {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined || first.time > now) return undefined;
    const last = heap.pop()!;
    if (heap.length > 0) {
      heap[0] = last;
      this.#siftDown();
    }
    return first;
  }

  #siftDown(): void {
    const heap = this.#heap;
    for (let i = 0; ; ) {
      const left = 2 * i + 1;
      if (left >= heap.length) return;
      const right = left + 1;
      const earliest = right < heap.length && heap[right]!.time < heap[left]!.time ? right : left;
      if (heap[i]!.time <= heap[earliest]!.time) return;
      this.#swap(i, earliest);
      i = earliest;
    }
  }

  #swap(a: number, b: number): void {
    const heap = this.#heap;
    [heap[a], heap[b]] = [heap[b]!, heap[a]!];
  }
}
