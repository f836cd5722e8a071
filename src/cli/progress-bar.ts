// A progress bar on standard error, shown only on a terminal.

import { draw } from './terminal.ts';

export interface ProgressBar {
  /** @param file name of the file that is being downloaded */
  show(done: number, total: number, file?: string): void;
  clear(): void;
}

const WIDTH = 30;
const NAME_WIDTH = 40;
const CLEAR_LINE = '\r\u001b[2K';

export function progressBar(label: string): ProgressBar {
  if (!process.stderr.isTTY) return { show: () => {}, clear: () => {} };
  let shown = '';
  return {
    show(done, total, file) {
      const share = total === 0 ? 1 : done / total;
      const filled = Math.round(share * WIDTH);
      const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
      const work = file === undefined ? label : `downloading ${file.slice(-NAME_WIDTH)}`;
      const line = `${work} ${bar} ${Math.round(100 * share)} %`;
      if (line === shown) return; // downloads report every chunk
      shown = line;
      draw(CLEAR_LINE, line);
    },
    clear() {
      shown = '';
      draw(CLEAR_LINE);
    },
  };
}
