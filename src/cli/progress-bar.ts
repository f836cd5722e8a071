// A line that shows how far long work has come, on standard error and only on a terminal.

export interface ProgressBar {
  show(done: number, total: number): void;
  clear(): void;
}

const WIDTH = 30;
const CLEAR_LINE = '\r\u001b[2K';

export function progressBar(label: string): ProgressBar {
  if (!process.stderr.isTTY) return { show: () => {}, clear: () => {} };
  return {
    show(done, total) {
      const filled = total === 0 ? WIDTH : Math.round((done / total) * WIDTH);
      const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
      process.stderr.write(`${CLEAR_LINE}${label} ${bar} ${Math.round((100 * done) / Math.max(1, total))} %`);
    },
    clear() {
      process.stderr.write(CLEAR_LINE);
    },
  };
}
