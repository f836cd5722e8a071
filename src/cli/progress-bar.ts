// A progress bar on standard error. Nothing is shown if standard error is not a terminal.

import { writeControlSequence } from './terminal.ts';

export interface ProgressBar {
  /** Shows the progress. @param file name of the file that is being downloaded, if any */
  show(done: number, total: number, file?: string): void;
  clear(): void;
}

const BAR_WIDTH = 30;
const FILE_NAME_WIDTH = 40;
const CLEAR_LINE = '\r\u001b[2K';

export function progressBar(label: string): ProgressBar {
  if (!process.stderr.isTTY) return { show: () => {}, clear: () => {} };
  let shownLine = '';
  return {
    show(done, total, file) {
      const fraction = total === 0 ? 1 : done / total;
      const filled = Math.round(fraction * BAR_WIDTH);
      const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
      const activity = file === undefined ? label : `downloading ${file.slice(-FILE_NAME_WIDTH)}`;
      const line = `${activity} ${bar} ${Math.round(100 * fraction)} %`;
      if (line === shownLine) return; // downloads report progress after every chunk
      shownLine = line;
      writeControlSequence(CLEAR_LINE, line);
    },
    clear() {
      shownLine = '';
      writeControlSequence(CLEAR_LINE);
    },
  };
}
