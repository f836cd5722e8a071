// Evaluates the embedded model greedily through Quire's library: each dialogue is a conversation whose history contains
// the model's answers. Prints the figures of the model card.
// Usage: npm run eval:embedded [-- --only hand-near --failures --model PATH]

import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { createConversation } from '../../src/chat/conversation.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { loadEngine } from '../../src/engine/node/load-engine.ts';
import { type Dialogue, dialogueSchema, judge, type Turn } from './judge.ts';

interface Judged {
  readonly turn: Turn;
  readonly answer: string;
  readonly right: boolean | undefined;
}

interface Outcome {
  readonly dialogue: Dialogue;
  readonly turns: readonly Judged[];
}

interface EvaluationSet {
  readonly name: string;
  readonly counts: string;
  /** one verdict per counted item; the figure is the share of true ones */
  readonly verdicts: (outcome: Outcome) => boolean[];
  /** minimum share required of the model */
  readonly target: number;
}

const wholly = ({ turns }: Outcome): boolean[] => [turns.every(({ right }) => right !== false)];

const SETS: readonly EvaluationSet[] = [
  {
    name: 'generated',
    counts: 'answers that depend on an earlier turn, exactly right',
    verdicts: ({ turns }) =>
      turns.filter(({ turn }) => turn.dependsOnEarlier === true).map(({ right }) => right === true),
    target: 0.96,
  },
  { name: 'unseen-dialogues', counts: 'dialogues wholly right', verdicts: wholly, target: 0.85 },
  {
    name: 'hand-dialogues',
    counts: 'dialogues used to improve the generator, wholly right',
    verdicts: wholly,
    target: 0.85,
  },
  { name: 'hand-near', counts: 'questions near the domain refused', verdicts: wholly, target: 0.85 },
  { name: 'hand-far', counts: 'questions far from the domain refused', verdicts: wholly, target: 0.95 },
];

const CONCURRENCY = 8;

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
  const turns: Judged[] = [];
  for (const turn of dialogue.turns) {
    const { text } = await conversation.send(turn.user, { temperature: 0, maxTokens: 128 }).result;
    turns.push({ turn, answer: text, right: judge(turn, text) });
  }
  return { dialogue, turns };
}

async function runDialogues(
  engine: Engine,
  dialogues: readonly Dialogue[],
  label: string,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < dialogues.length) {
      outcomes.push(await runDialogue(engine, dialogues[next++]!));
      if (process.stderr.isTTY) process.stderr.write(`\r${label} ${outcomes.length}/${dialogues.length} `);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[2K');
  return outcomes;
}

function printFigures(set: EvaluationSet, outcomes: readonly Outcome[]): boolean {
  let reached = true;
  for (const lang of ['en', 'zh'] as const) {
    const verdicts = outcomes.filter(({ dialogue }) => dialogue.lang === lang).flatMap(set.verdicts);
    const right = verdicts.filter((verdict) => verdict).length;
    const share = right / verdicts.length;
    const figure = `${(100 * share).toFixed(1)} %`.padStart(7);
    console.log(`${set.name.padEnd(16)} ${lang}  ${figure}  ${right} of ${verdicts.length}  ${set.counts}`);
    if (set.name === 'generated') reached &&= share >= set.target;
  }
  const all = outcomes.flatMap(set.verdicts);
  const share = all.filter((verdict) => verdict).length / all.length;
  const verdict = (set.name === 'generated' ? reached : share >= set.target) ? 'reached' : 'MISSED';
  const figure = `${(100 * share).toFixed(1)} %`.padStart(7);
  console.log(`${set.name.padEnd(16)} all ${figure}  target ${100 * set.target} %: ${verdict}`);
  return verdict === 'reached';
}

function printFailures(outcomes: readonly Outcome[]): void {
  for (const { dialogue, turns } of outcomes) {
    for (const { turn, answer, right } of turns) {
      if (right === false) console.log(`  ${dialogue.id}  ${turn.user}  ->  ${answer}`);
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
  let reached = true;
  for (const set of SETS.filter(({ name }) => values.only?.includes(name) ?? true)) {
    const outcomes = await runDialogues(engine, await readDialogues(set.name), set.name);
    reached = printFigures(set, outcomes) && reached;
    if (values.failures) printFailures(outcomes);
  }
  await engine.dispose();
  return reached ? 0 : 1;
}

process.exitCode = await main();
