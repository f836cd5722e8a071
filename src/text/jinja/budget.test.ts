import { describe, expect, it } from 'vitest';
import { finish, finishInSlices } from '../../base/steps.ts';
import { createChatTemplate } from '../chat-template.ts';
import { createTokenizer } from '../tokenizer.ts';
import { byteLevelData } from '../vocabulary/vocabulary-fixture.ts';
import { MAX_CHAIN_TERMS, MAX_NESTING } from './budget.ts';
import { JinjaError, TooCostlyError } from './errors.ts';
import { compileSource } from './program.ts';
import { renderProgram } from './render.ts';
import { MarkedStrings } from './strings/marked-strings.ts';

// Characters of a long message; 4,000,000 is the maximum length of a request.
const MESSAGE_LENGTH = process.env.QUIRE_FULL === '1' ? 4_000_000 : 200_000;
const MARKS = { open: '\ue000', close: '\ue001' };
const renderSteps = (source: string, variables: Record<string, unknown> = {}, marks?: typeof MARKS) =>
  renderProgram(compileSource(source).statement, variables, {
    markedStrings: new MarkedStrings(marks),
    now: () => new Date(2026, 8, 3),
  });
const render = (source: string, variables: Record<string, unknown> = {}): string =>
  finish(renderSteps(source, variables));

describe('limits of templates', () => {
  it.each([
    ['{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}', 'steps'],
    [
      "{% set ns = namespace(x='a') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
      'a string',
    ],
    [
      "{% set ns = namespace(x='a') %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
      'a string',
    ],
    ["{% for i in range(1000) %}{{ 'a' * 20000000 }}{% endfor %}", 'in total'],
    [
      '{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}',
      'steps',
    ],
    ["{{ 'a' * 10 ** 9 }}", 'a string'],
    ['{{ [0] * 10 ** 9 }}', 'steps'],
    ["{{ 'a'.center(10 ** 9) }}", 'a string'],
    ["{{ 'a'.ljust(10 ** 9) ~ 'a'.zfill(10 ** 9) }}", 'a string'],
    ["{{ 'a' | center(10 ** 9) }}", 'a string'],
    ["{{ '%1000000000d' % 1 }}", 'a string'],
    ["{{ '%*s' % (10 ** 9, 'a') }}", 'a string'],
    ["{{ '{:1000000000}'.format(1) }}", 'a string'],
    ["{{ '{:01000000000,}'.format(1) }}", 'a string'],
    ["{{ '\\t'.expandtabs(10 ** 9) }}", 'a string'],
    ["{{ 'a\\nb' | indent(10 ** 9) }}", 'a string'],
    ['{{ [1] | tojson(indent=10 ** 9) }}', 'a string'],
    ["{{ ('a' * 10000).replace('', 'b' * 10000) }}", 'a string'],
    ["{{ range(100000) | join('b' * 10000) }}", 'a string'],
    ['{{ [1] | batch(10 ** 9, 0) | list }}', 'steps'],
    ['{{ [1] | slice(10 ** 9) | list }}', 'steps'],
    ['{{ 10 ** (10 ** 6) }}', 'an integer'],
    [
      '{% set ns = namespace(x=3) %}{% for i in range(60) %}{% set ns.x = ns.x * ns.x %}{% endfor %}',
      'an integer',
    ],
    ['{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}', 'deeper'],
    [
      '{% macro m(x) %}{% for y in x %}{% if y %}{{ m(x) ~ 1 }}{% endif %}{% endfor %}{% endmacro %}{{ m([1]) }}',
      'deeper',
    ],
    ['{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}', 'deeper'],
    [
      '{% set ns = namespace(x=[], y=[]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% set ns.y = [ns.y] %}{% endfor %}{{ ns.x == ns.y }}',
      'deeper',
    ],
    ["{% set a = 'a' * 2 ** 22 %}{% for i in range(9999) %}{{ 'b' in a }}{% endfor %}", 'in total'],
    ["{% set a = 'a' * 2 ** 22 %}{% for i in range(9999) %}{{ a == a }}{% endfor %}", 'steps'],
    ['{% set a = range(99999) | list %}{% for i in range(9999) %}{{ a == a + [] }}{% endfor %}', 'steps'],
    ['{% set a = 2 ** 65000 %}{% for i in range(99999) %}{% set b = a * a // a %}{% endfor %}', 'an integer'],
    ["{% set a = 2 ** 65000 %}{% for i in range(99999) %}{% set b = '%x' % a %}{% endfor %}", 'steps'],
    ['{% set a = 2 ** 14000 %}{% for i in range(99999) %}{{ a }}{% endfor %}', 'steps'],
    ["{{ ('<' * 20000000) | forceescape }}", 'a string'],
  ])('rejects the costly template %s', { timeout: 60_000 }, (source, limit) => {
    let thrown: unknown;
    try {
      render(source);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(TooCostlyError);
    expect(String(thrown)).toContain(limit);
  });

  it.each([
    ['parentheses', `{{ ${'('.repeat(5000)}1${')'.repeat(5000)} }}`],
    ['lists', `{{ ${'['.repeat(5000)}${']'.repeat(5000)} }}`],
    ['signs', `{{ ${'- '.repeat(5000)}1 }}`],
    ['negations', `{{ ${'not '.repeat(5000)}1 }}`],
    ['conditionals', `{{ ${'1 if 0 else '.repeat(5000)}1 }}`],
    ['blocks', `${'{% if 1 %}'.repeat(5000)}${'{% endif %}'.repeat(5000)}`],
    ['operations', `{{ 1${' + 1'.repeat(5000)} }}`],
    ['filters', `{{ 1${' | abs'.repeat(5000)} }}`],
    ['attributes', `{{ a${'.a'.repeat(5000)} }}`],
  ])('rejects a template with 5,000 nested or chained %s', (_construct, source) => {
    expect(() => compileSource(source)).toThrow(JinjaError);
  });

  it.each([
    ['{% set ns = namespace(x=[]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}'],
    [
      '{% set ns = namespace(x=[]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x | tojson }}',
    ],
    [
      '{% set ns = namespace(x=()) %}{% for i in range(9999) %}{% set ns.x = (ns.x,) %}{% endfor %}{{ {ns.x: 1} }}',
    ],
    ['{% set ns = namespace() %}{% set ns.x = ns %}{{ ns }}'],
  ])('rejects the deeply nested value in %s', (source) => {
    expect(() => render(source)).toThrow(expect.objectContaining({ kind: 'RecursionError' }));
  });
});

describe('a template within the limits', () => {
  it('can nest expressions, blocks and calls, and chain operators', () => {
    const depth = MAX_NESTING - 2;
    expect(render(`{{ ${'('.repeat(depth)}1${')'.repeat(depth)} }}`)).toBe('1');
    expect(render(`{{ 1${' + 1'.repeat(MAX_CHAIN_TERMS - 1)} }}`)).toBe(String(MAX_CHAIN_TERMS));
    const blocks = `${'{% if 1 %}{% for i in [1] %}'.repeat(depth / 2)}x${'{% endfor %}{% endif %}'.repeat(depth / 2)}`;
    expect(render(blocks)).toBe('x');
    expect(
      render('{% macro m(n) %}{{ n }}{% if n %}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(99) }}'),
    ).toMatch(/10$/);
  });

  it('runs many statements that pause, without deep recursion', { timeout: 60_000 }, () => {
    const pausingStatement = '{% for i in range(1100) %}{% endfor %}';
    expect(render(`${pausingStatement.repeat(1500)}end`)).toBe('end');
  });

  const MESSAGE_TEMPLATE = `{% for m in messages %}{% set c = m.content | trim %}{% if '</think>' in c %}{% set c = c.split('</think>')[-1] %}{% endif %}
    {{- m.role }}: {{ c.strip().replace('a', 'b') }}|{{ c.split() | length }}|{{ c.splitlines() | length }}|{{ m | tojson | length }}|{{ c | length }}|{{ c[5:50] }}
{% endfor %}`;

  it.each(['word ', 'a', '\n', '\ue000x\ue001 ', '\u{1f600}'])(
    'renders long strings of %j, with pauses',
    { timeout: 60_000 },
    async (unit) => {
      const content = unit.repeat(MESSAGE_LENGTH / unit.length);
      const messages = [{ role: 'user', content }];
      let pauses = 0;
      const countedSteps = (function* () {
        const inner = renderSteps(MESSAGE_TEMPLATE, { messages }, MARKS);
        for (let step = inner.next(); ; step = inner.next()) {
          if (step.done === true) return step.value;
          pauses++;
          yield;
        }
      })();
      const waitForSlice = (): Promise<void> => Promise.resolve();
      const text = await finishInSlices(countedSteps, { waitForSlice });
      expect(text.startsWith('user: ')).toBe(true);
      expect(pauses).toBeGreaterThan(MESSAGE_LENGTH / 20_000);
    },
  );
});

it('ChatTemplate.render throws template_too_costly with the exceeded limit', () => {
  const data = { chatTemplates: new Map([['default', "{{ 'a' * 10 ** 9 }}"]]) };
  const template = createChatTemplate(data, createTokenizer(byteLevelData()));
  expect(() => template.render([])).toThrow(
    expect.objectContaining({
      code: 'template_too_costly',
      message: 'the chat template makes a string of more than 67,108,864 characters',
    }),
  );
});
