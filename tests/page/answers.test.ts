// Tests how answers are rendered: formulas, code, lists, headings, right-to-left text and contrast.

import { beforeEach, expect, test } from 'vitest';
import { describePage } from './describe-page.ts';

const MIXED = String.raw`## The result

Roses are red
Violets are blue, for $5 and $10.

- one
  - two
- [x] done

### Sums

Inline \(e^{i\pi} + 1 = 0\), $x_1$ and broken \(\frac{a\).

\[
\frac{a}{b}
+ \sqrt{c} \xrightarrow{x} \overbrace{d}
\]

${'```'}python
def greet(name):  # a comment that is longer than any screen is wide: ${'very '.repeat(40)}long
    return "Hello"
${'```'}

> [A link](https://example.org) and ${'`code`'}.
`;

const ARABIC = `### عنوان

شغّل الأمر ${'`npm install`'} أولا.

- العنصر الأول

> اقتباس.

| الاسم | القيمة |
|---|---|
| ألف | 1 |

In English again.
`;

describePage('answers on the page', (fixture) => {
  const { open } = fixture;

  beforeEach(() => {
    fixture.server.conversations.answers.set('Show me', MIXED);
    fixture.server.conversations.answers.set('مرحبا، كيف حالك؟', ARABIC);
  });

  test('formulas, code, lists, line breaks and headings are rendered', async () => {
    const chat = await open();
    const loadedFiles = (): Promise<string[]> =>
      chat.page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
    expect((await loadedFiles()).filter((name) => /formula|highlight|KaTeX/.test(name))).toEqual([]);
    await chat.ask('Show me');

    await chat.answer.locator('.katex').nth(2).waitFor();
    expect(await chat.answer.locator('.katex').count()).toBe(3);
    expect(await chat.answer.locator('.katex-display').count()).toBe(1);
    await chat.answer.getByText('\\(\\frac{a\\)').waitFor();
    await expect
      .poll(async () => (await loadedFiles()).filter((name) => /KaTeX.*woff2/.test(name)).length)
      .toBeGreaterThan(1);
    const text = await chat.answer.innerText();
    expect(text).toMatch(/red\nViolets/);
    expect(text).toContain('for $5 and $10.');

    const block = chat.answer.locator('.code-block');
    expect(await block.locator('.code-language').innerText()).toBe('python');
    await block.locator('.hljs-keyword', { hasText: 'def' }).waitFor();
    await chat.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await block.getByRole('button', { name: 'Copy' }).click();
    await block.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await chat.page.evaluate<string>('navigator.clipboard.readText()')).toMatch(
      /^def greet[\s\S]*return "Hello"$/,
    );
    // The long line scrolls inside the block and does not widen the page.
    expect(await block.locator('pre').evaluate((pre) => pre.scrollWidth > pre.clientWidth)).toBe(true);
    expect(await chat.page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);

    const styleOf = (selector: string) => chat.style(`.answer-text ${selector}`, 'list-style-type');
    expect(await styleOf('ul > li')).toBe('disc');
    expect(await styleOf('ul ul > li')).toBe('circle');
    expect(await styleOf('.task-list-item')).toBe('none');
    expect(
      await chat.page
        .locator('h1, h2, h3, h4')
        .evaluateAll((headings) => headings.map(({ tagName }) => tagName)),
    ).toEqual(['H1', 'H2', 'H3', 'H2', 'H3', 'H4']);
    expect(chat.consoleErrors).toEqual([]);
    expect([...chat.hosts]).toEqual([new URL(fixture.server.url).host]);
  });

  test('repetitive model output does not freeze or crash the page', async () => {
    const { answers } = fixture.server.conversations;
    const lists = Array.from({ length: 40 }, (_, depth) => `${'  '.repeat(depth)}- entry`).join('\n');
    answers.set('Deep', `$${'\\frac{1}{'.repeat(150)}x${'}'.repeat(150)}$\n\n$\\sqrt{2}$\n\n${lists}`);
    answers.set('Marks', `${'>'.repeat(5000)} ${'a*'.repeat(10_000)}`);
    const chat = await open();
    await chat.ask('Deep');
    await chat.answer.locator('.katex').waitFor();
    expect(await chat.answer.locator('.formula > code').count()).toBe(1);
    expect(
      await chat.page.locator('.scroller').evaluate((element) => element.scrollWidth - element.clientWidth),
    ).toBe(0);
    expect(await chat.ask('Marks')).toBe(answers.get('Marks'));
    expect(chat.consoleErrors).toEqual([]);
  });

  test('right-to-left text is laid out from right to left', async () => {
    const chat = await open();
    await chat.input.fill('مرحبا، كيف حالك؟');
    const directionOf = (selector: string) => chat.style(selector, 'direction');
    expect(await directionOf('#message')).toBe('rtl');
    await chat.ask('مرحبا، كيف حالك؟');
    const blocks = ['h3[data-level]', 'ul', 'blockquote', '.table-scroll'].map(
      (selector) => `.answer-text ${selector}`,
    );
    for (const selector of ['.question p', '.topic-title', ...blocks]) {
      expect(`${selector} ${await directionOf(selector)}`).toBe(`${selector} rtl`);
    }
    expect(await directionOf('.answer-text code')).toBe('ltr');
    expect(await directionOf('.answer-text > p:last-child')).toBe('ltr');
    // Bullets, the border of a quote and the first column are on the right.
    expect(Number.parseFloat(await chat.style('.answer-text ul', 'padding-right'))).toBeGreaterThan(10);
    expect(await chat.style('.answer-text blockquote', 'border-right-width')).toBe('3px');
    const leftOf = async (selector: string) => (await chat.answer.locator(selector).boundingBox())?.x ?? 0;
    expect(await leftOf('tbody td:first-child')).toBeGreaterThan(await leftOf('tbody td:last-child'));
  });

  test('every text has enough contrast in light and dark mode', async () => {
    const chat = await open();
    const expectContrast = async (): Promise<void> => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await chat.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        expect([colorScheme, ...(await chat.faintTexts())]).toEqual([colorScheme]);
      }
    };
    await expectContrast();
    await chat.ask('Show me');
    await chat.answer.locator('.hljs-comment').waitFor();
    await chat.page.locator('.report summary').click();
    fixture.server.conversations.droppedMessages = 2;
    await chat.ask('And more');
    await chat.page.getByText('The 2 messages above are no longer sent to the model').waitFor();
    await expectContrast();
    await chat.page.getByRole('button', { name: 'Settings' }).click();
    await expectContrast();
  });
});
