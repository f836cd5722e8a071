// The trace of `shapes` for a terminal: one paragraph per step.

import { type Text, text } from '../../text.ts';
import { type LayerKind, MODES, type ShapesData, type TracedStep } from './data.ts';
import { maskRows } from './step-trace.ts';
import { TEXTS } from './texts.ts';

const LABEL_WIDTH = 14; // columns

export const traceLines = ({ steps, layerKinds }: ShapesData): (Text | string)[] =>
  MODES.flatMap((mode) => steps[mode].flatMap((step) => stepLines(step, TEXTS.modes[mode], layerKinds)));

export const shapeText = (...sizes: number[]): string => `[${sizes.join(', ')}]`;

const shown = (pieces: readonly string[]): string => pieces.map((piece) => JSON.stringify(piece)).join(' ');

// A Chinese character is two columns wide.
const line = (label: Text, rest: string): Text =>
  text(
    label.en.padEnd(LABEL_WIDTH) + rest,
    label.zh + ' '.repeat(Math.max(1, LABEL_WIDTH - 2 * label.zh.trim().length - 2)) + rest,
  );

function stepLines(step: TracedStep, mode: Text, kinds: readonly LayerKind[]): (Text | string)[] {
  const { tokens, positions, context, pieces, chosenPiece } = step;
  return [
    TEXTS.stepLine(mode, { number: step.number, computed: tokens.length, context }),
    line(TEXTS.tokensLabel, shown(pieces)),
    line(TEXTS.positionsLabel, positions.join(' ')),
    ...kinds.flatMap((kind) => kindLines(step, kind)),
    ...(chosenPiece === undefined ? [] : [line(TEXTS.chosenLabel, shown([chosenPiece]))]),
    '',
  ];
}

function kindLines(step: TracedStep, kind: LayerKind): (Text | string)[] {
  const { tokens, context, before, after } = step;
  const { heads, kvHeads, headDim } = kind;
  const name = TEXTS.layers(kind);
  return [
    text(`  ${name.en}:`, `  ${name.zh}：`),
    `    Q         ${shapeText(tokens.length, heads, headDim)}`,
    `    K, V      ${shapeText(tokens.length, kvHeads, headDim)}`,
    TEXTS.attendsLine(shapeText(context, kvHeads, headDim), heads / kvHeads),
    TEXTS.cacheLine(before, after, after < context),
    ...maskRows(step, kind.window).map((row, i) => (i === 0 ? TEXTS.maskLine(row) : `              ${row}`)),
  ];
}
