// The trace of `shapes` for a terminal: one paragraph per step.

import { type BilingualText, text } from '../../text.ts';
import { type LayerKind, MODES, type ShapesData, type TracedStep } from './data.ts';
import { attentionMaskRows } from './step-trace.ts';
import { TEXTS } from './texts.ts';

const LABEL_WIDTH = 14; // columns

export const traceLines = ({ steps, layerKinds }: ShapesData): (BilingualText | string)[] =>
  MODES.flatMap((mode) => steps[mode].flatMap((step) => stepLines(step, TEXTS.modes[mode], layerKinds)));

export const shapeText = (...sizes: number[]): string => `[${sizes.join(', ')}]`;

const quotedPieces = (pieces: readonly string[]): string =>
  pieces.map((piece) => JSON.stringify(piece)).join(' ');

// Aligns the content. A Chinese character is two columns wide.
const labelledLine = (label: BilingualText, content: string): BilingualText =>
  text(
    label.en.padEnd(LABEL_WIDTH) + content,
    label.zh + ' '.repeat(Math.max(1, LABEL_WIDTH - 2 * label.zh.trim().length - 2)) + content,
  );

function stepLines(
  step: TracedStep,
  mode: BilingualText,
  kinds: readonly LayerKind[],
): (BilingualText | string)[] {
  const { tokens, positions, context, pieces, chosenPiece } = step;
  return [
    TEXTS.stepLine(mode, { number: step.number, computed: tokens.length, context }),
    labelledLine(TEXTS.tokensLabel, quotedPieces(pieces)),
    labelledLine(TEXTS.positionsLabel, positions.join(' ')),
    ...kinds.flatMap((kind) => kindLines(step, kind)),
    ...(chosenPiece === undefined ? [] : [labelledLine(TEXTS.chosenLabel, quotedPieces([chosenPiece]))]),
    '',
  ];
}

function kindLines(step: TracedStep, kind: LayerKind): (BilingualText | string)[] {
  const { tokens, context, before, after } = step;
  const { heads, kvHeads, headDim } = kind;
  const name = TEXTS.layers(kind);
  return [
    text(`  ${name.en}:`, `  ${name.zh}：`),
    `    Q         ${shapeText(tokens.length, heads, headDim)}`,
    `    K, V      ${shapeText(tokens.length, kvHeads, headDim)}`,
    TEXTS.attendsLine(shapeText(context, kvHeads, headDim), heads / kvHeads),
    TEXTS.cacheLine(before, after, after < context),
    ...attentionMaskRows(step, kind.window).map((row, i) =>
      i === 0 ? TEXTS.maskLine(row) : `              ${row}`,
    ),
  ];
}
