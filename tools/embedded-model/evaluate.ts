// Evaluates the embedded model greedily with Quire's library: each dialogue is a conversation whose history contains the
// answers of the model. Prints the figures of the model card.
// Usage: npm run eval:embedded [-- --only hand-near --failures --model PATH]

import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { createConversation } from '../../src/chat/conversation.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { loadEngine } from '../../src/engine/node/load-engine.ts';
import { type Dialogue, dialogueSchema, judge, type Turn } from './judge.ts';

interface JudgedTurn {
  readonly turn: Turn;
  readonly answer: string;
  /** undefined: the turn has no checks */
  readonly isCorrect: boolean | undefined;
}

interface Outcome {
  readonly dialogue: Dialogue;
  readonly turns: readonly JudgedTurn[];
}

interface EvaluationSet {
  readonly name: string;
  /** description of the counted items */
  readonly description: string;
  /** one verdict for each counted item; the figure is the share of `true` */
  readonly verdicts: (outcome: Outcome) => boolean[];
  /** the smallest acceptable share */
  readonly target: number;
}

const allCorrect = ({ turns }: Outcome): boolean[] => [turns.every(({ isCorrect }) => isCorrect !== false)];

const SETS: readonly EvaluationSet[] = [
  {
    name: 'generated',
    description: 'answers that depend on an earlier turn and are exactly correct',
    verdicts: ({ turns }) =>
      turns.filter(({ turn }) => turn.dependsOnEarlier === true).map(({ isCorrect }) => isCorrect === true),
    target: 0.96,
  },
  {
    name: 'unseen-dialogues',
    description: 'dialogues with only correct answers',
    verdicts: allCorrect,
    target: 0.85,
  },
  {
    name: 'hand-dialogues',
    description: 'dialogues used to improve the generator, with only correct answers',
    verdicts: allCorrect,
    target: 0.85,
  },
  { name: 'hand-near', description: 'refused questions near the domain', verdicts: allCorrect, target: 0.85 },
  {
    name: 'hand-far',
    description: 'refused questions far from the domain',
    verdicts: allCorrect,
    target: 0.95,
  },
];

const CONCURRENT_DIALOGUES = 8;

async function readDialogues(name: string): Promise<Dialogue[]> {
  const text = await readFile(new URL(`./eval/${name}.jsonl`, import.meta.url), 'utf8');
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => dialogueSchema.parse(JSON.parse(line)));
}

async function runDialogue(engine: Engine, dialogue: Dialogue): Promise<Outcome> {
  const { system } = dialogue;
  const conversation = createConversation(engine, system === undefined ? {} : { system });
  const turns: JudgedTurn[] = [];
  for (const turn of dialogue.turns) {
    const { text } = await conversation.send(turn.user, { temperature: 0, maxTokens: 128 }).result;
    turns.push({ turn, answer: text, isCorrect: judge(turn, text) });
  }
  return { dialogue, turns };
}

async function runDialogues(
  engine: Engine,
  dialogues: readonly Dialogue[],
  label: string,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let nextIndex = 0;
  const worker = async (): Promise<void> => {
    while (nextIndex < dialogues.length) {
      outcomes.push(await runDialogue(engine, dialogues[nextIndex++]!));
      if (process.stderr.isTTY) process.stderr.write(`\r${label} ${outcomes.length}/${dialogues.length} `);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT_DIALOGUES }, worker));
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[2K');
  return outcomes;
}

function printFigures(set: EvaluationSet, outcomes: readonly Outcome[]): boolean {
  let allReached = true;
  for (const lang of ['en', 'zh'] as const) {
    const verdicts = outcomes.filter(({ dialogue }) => dialogue.lang === lang).flatMap(set.verdicts);
    const correct = verdicts.filter((verdict) => verdict).length;
    const share = correct / verdicts.length;
    const figure = `${(100 * share).toFixed(1)} %`.padStart(7);
    console.log(
      `${set.name.padEnd(16)} ${lang}  ${figure}  ${correct} of ${verdicts.length}  ${set.description}`,
    );
    if (set.name === 'generated') allReached &&= share >= set.target;
  }
  const allVerdicts = outcomes.flatMap(set.verdicts);
  const share = allVerdicts.filter((verdict) => verdict).length / allVerdicts.length;
  const verdict = (set.name === 'generated' ? allReached : share >= set.target) ? 'reached' : 'MISSED';
  const figure = `${(100 * share).toFixed(1)} %`.padStart(7);
  console.log(`${set.name.padEnd(16)} all ${figure}  target ${100 * set.target} %: ${verdict}`);
  return verdict === 'reached';
}

function printFailures(outcomes: readonly Outcome[]): void {
  for (const { dialogue, turns } of outcomes) {
    for (const { turn, answer, isCorrect } of turns) {
      if (isCorrect === false) console.log(`  ${dialogue.id}  ${turn.user}  ->  ${answer}`);
    }
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      model: { type: 'string', default: 'embedded' },
      only: { type: 'string', multiple: true },
      failures: { type: 'boolean', default: false },
    },
  });
  const engine = await loadEngine({ model: values.model });
  let allReached = true;
  for (const set of SETS.filter(({ name }) => values.only?.includes(name) ?? true)) {
    const outcomes = await runDialogues(engine, await readDialogues(set.name), set.name);
    allReached = printFigures(set, outcomes) && allReached;
    if (values.failures) printFailures(outcomes);
  }
  await engine.dispose();
  return allReached ? 0 : 1;
}

process.exitCode = await main();
