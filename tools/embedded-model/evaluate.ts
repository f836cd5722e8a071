// Evaluates the embedded model greedily with Quire's library: each dialogue is a conversation whose history contains the
// answers of the model. Prints the figures of the model card. With an adapter that was trained for a persona, also prints the share
// of answers in its style, and judges answers without the texts of the persona.
// Usage: npm run eval:embedded [-- --only hand-near --failures --model PATH --adapter PATH --persona PATH]

import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { createConversation } from '../../src/chat/conversation.ts';
import type { ConversationCompleter } from '../../src/chat/conversation-completer.ts';
import { AdaptedCompleter } from '../../src/completion/adapters.ts';
import { loadEngine } from '../../src/engine/node/load-engine.ts';
import { type Dialogue, dialogueSchema, judge, type Turn } from './judge.ts';
import { type Persona, personaSchema, withoutStyle } from './persona.ts';

interface JudgedTurn {
  readonly turn: Turn;
  readonly answer: string;
  /** undefined: the turn has no checks */
  readonly isCorrect: boolean | undefined;
  /** whether the answer has the style of the persona */
  readonly hasStyle: boolean;
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

/** The model that is evaluated. */
interface Subject {
  readonly completer: ConversationCompleter;
  readonly persona: Persona | undefined;
}

async function runDialogue({ completer, persona }: Subject, dialogue: Dialogue): Promise<Outcome> {
  const { system, lang } = dialogue;
  const conversation = createConversation(completer, system === undefined ? {} : { system });
  const turns: JudgedTurn[] = [];
  for (const turn of dialogue.turns) {
    const { text } = await conversation.send(turn.user, { temperature: 0, maxTokens: 128 }).result;
    const plain = persona && withoutStyle(persona, lang, text);
    const isCorrect = judge(turn, plain ?? text);
    turns.push({ turn, answer: text, isCorrect, hasStyle: plain !== undefined });
  }
  return { dialogue, turns };
}

async function runDialogues(
  subject: Subject,
  dialogues: readonly Dialogue[],
  label: string,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let nextIndex = 0;
  const worker = async (): Promise<void> => {
    while (nextIndex < dialogues.length) {
      outcomes.push(await runDialogue(subject, dialogues[nextIndex++]!));
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

function printStyle(name: string, outcomes: readonly Outcome[]): void {
  for (const lang of ['en', 'zh'] as const) {
    const turns = outcomes
      .filter(({ dialogue }) => dialogue.lang === lang)
      .flatMap((outcome) => outcome.turns);
    const count = turns.filter(({ hasStyle }) => hasStyle).length;
    const figure = `${((100 * count) / turns.length).toFixed(1)} %`.padStart(7);
    console.log(
      `${name.padEnd(16)} ${lang}  ${figure}  ${count} of ${turns.length}  answers in the style of the persona`,
    );
  }
}

function printFailures({ persona }: Subject, outcomes: readonly Outcome[]): void {
  for (const { dialogue, turns } of outcomes) {
    for (const { turn, answer, isCorrect, hasStyle } of turns) {
      if (isCorrect === false || (persona && !hasStyle))
        console.log(`  ${dialogue.id}  ${turn.user}  ->  ${answer}`);
    }
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      model: { type: 'string', default: 'embedded' },
      only: { type: 'string', multiple: true },
      failures: { type: 'boolean', default: false },
      adapter: { type: 'string' },
      persona: { type: 'string' },
    },
  });
  const engine = await loadEngine({ model: values.model });
  if (values.adapter !== undefined) await engine.loadAdapter('evaluated', values.adapter);
  const subject: Subject = {
    completer: values.adapter === undefined ? engine : new AdaptedCompleter(engine, 'evaluated'),
    persona:
      values.persona === undefined
        ? undefined
        : personaSchema.parse(JSON.parse(await readFile(values.persona, 'utf8'))),
  };
  let allReached = true;
  for (const set of SETS.filter(({ name }) => values.only?.includes(name) ?? true)) {
    const outcomes = await runDialogues(subject, await readDialogues(set.name), set.name);
    allReached = printFigures(set, outcomes) && allReached;
    if (subject.persona) printStyle(set.name, outcomes);
    if (values.failures) printFailures(subject, outcomes);
  }
  await engine.dispose();
  return allReached ? 0 : 1;
}

process.exitCode = await main();
