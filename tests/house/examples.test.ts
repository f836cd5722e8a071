// Checks the programs in examples/: the documents show each of them verbatim, and each prints what the text states. They run
// with the embedded model and the built package.

import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

async function runExample(example: string): Promise<string> {
  const args = ['--import', 'tsx', example];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, timeout: 60_000 });
  return stdout;
}

const documents = ['README.md', ...readdirSync(new URL('docs/', root)).map((name) => `docs/${name}`)]
  .filter((path) => path.endsWith('.md'))
  .map(read)
  .join('\n');

describe('examples', () => {
  it.each(readdirSync(new URL('examples/', root)).filter((name) => name.endsWith('.ts')))(
    'documents show %s verbatim',
    (name) => {
      const block = new RegExp(`<!-- examples/${name} -->\n\`\`\`ts\n([\\s\\S]*?)\`\`\``).exec(documents);
      expect(block?.[1]).toBe(read(`examples/${name}`));
    },
  );

  it('conversation.ts answers a follow-up and computes only the new message', async () => {
    const [first, second] = (await runExample('examples/conversation.ts')).split('\n');
    expect(first).toContain('Mount Everest');
    expect(first).toContain('(0 tokens cached');
    expect(second).toContain('K2');
    expect(second).not.toContain('(0 tokens cached');
  });

  it('generate.ts answers the prompt, and its finish reason is stop', async () => {
    const output = await runExample('examples/generate.ts');
    expect(output).toContain('Paris');
    expect(output.trimEnd().endsWith('stop')).toBe(true);
  });

  it('backend.ts defines a backend that has a new name, delegates to the reference backend and prints each step', async () => {
    const lines = (await runExample('examples/backend.ts')).trimEnd().split('\n');
    expect(lines.at(-1)).toMatch(/^timed-reference: .*Paris/);
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines.slice(0, -1)) expect(line).toMatch(/^\d+ tokens in [\d.]+ ms$/);
  });

  it('forks.ts computes the shared prompt once', async () => {
    const lines = (await runExample('examples/forks.ts')).split('\n');
    expect(lines[0]).toMatch(/\(0 tokens cached/);
    const prompt = Number(/\((\d+) tokens cached/.exec(lines[1]!)![1]);
    expect(prompt).toBeGreaterThan(5);
    expect(lines[2]).toContain(`(${prompt} tokens cached`);
    expect(lines.slice(3).join('\n')).toMatch(/Rex[\s\S]*Oslo/);
  });

  it('stored-conversations.ts continues a stored conversation and reuses its cached tokens', async () => {
    const [answer, cached, titles] = (await runExample('examples/stored-conversations.ts')).split('\n');
    expect(answer).toContain('Ada');
    const [cachedTokens, promptTokens] = /(\d+) of (\d+)/.exec(cached!)!.slice(1).map(Number);
    expect(cachedTokens).toBeGreaterThan(promptTokens! / 2);
    expect(titles).toBe("[ 'My name is Ada.' ]");
  });

  it('embeddings.ts prints that similar questions have similar vectors', async () => {
    const [counts, similar, other] = (await runExample('examples/embeddings.ts')).split('\n');
    expect(counts).toMatch(/^\d+ tokens, vectors of 256 numbers$/);
    const cosineOf = (line = ''): number => Number(/ (-?\d\.\d\d)$/.exec(line)![1]);
    expect(cosineOf(similar)).toBeGreaterThan(cosineOf(other) + 0.2);
  });

  it('embed.ts serves two models under a URL prefix and answers with the requested model', async () => {
    const [small, large] = (await runExample('examples/embed.ts')).split('\n');
    expect(small).toMatch(/^small .*Paris/);
    expect(large).toMatch(/^large .*Paris/);
  });
});
