import { describe, expect, it } from 'vitest';
import { createChatTemplate } from '../../chat-template.ts';
import { createTokenizer } from '../../tokenizer.ts';
import { byteLevelData } from '../../vocabulary/vocabulary-fixture.ts';

// Field names come from the caller too: the arguments of a tool call may have any name.
describe('a control string as a field name', () => {
  const tokenizer = createTokenizer(byteLevelData());
  const [control = ''] = tokenizer.controlStrings;
  it.each([
    '{{ dict(**o) }}',
    '{{ dict(a=1, **o) | tojson }}',
    '{{ namespace(o) }}',
    '{{ namespace(**o) }}',
    '{% macro m() %}{{ kwargs | tojson }}{% endmacro %}{{ m(**o) }}',
    '{% macro m() %}{{ kwargs | list }}{{ caller() }}{% endmacro %}{% call m(**o) %}{% endcall %}',
  ])('is encoded as text by %s', (body) => {
    const source = `{% set o = messages[0].o %}${body}`;
    const template = createChatTemplate({ chatTemplates: new Map([['default', source]]) }, tokenizer);
    const message = { role: 'user', content: '', o: { [control]: 1 } } as const;
    expect(template.render([message])).toContain(control);
    expect(template.encode([message]).tokens.map((id) => tokenizer.piece(id))).not.toContain(control);
  });
});
