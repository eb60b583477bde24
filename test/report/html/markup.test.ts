import { describe, expect, it } from 'vitest';
import {
  attribute,
  type Content,
  html,
  joinLines,
  jsonStringContent,
  lazyLines,
  svg,
  time,
  trusted,
} from '../../../src/report/html/markup.js';
import { textOf } from '../../support/text.js';

const HOSTILE = "\"><script>alert('1')</script>&\u202e\u0000\u0000";

const sourceOf = (markup: ReturnType<typeof html>) => textOf(markup.source());

describe('a value between tags', () => {
  it('a string between tags is escaped, with invisible characters as highlighted code points', () => {
    expect(sourceOf(html`<b>${HOSTILE}</b>`)).toBe(
      '<b>&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;<span class="u">U+202E U+0000 ×2</span></b>',
    );
  });

  it('a string in SVG is escaped, with invisible characters as escapes', () => {
    expect(sourceOf(svg`<text>${'<\u202e'}</text>`)).toBe('<text>&lt;\\u{202e}</text>');
  });

  it('markup between tags is inserted unchanged, and arrays are joined', () => {
    const items = ['<a>', html`<b>`, 3, [html`<c>`, '&']];
    expect(sourceOf(html`<p>${items}</p>`)).toBe('<p>&lt;a&gt;<b>3<c>&amp;</p>');
  });

  it.each<[string, Content]>([
    ['undefined', undefined],
    ['null', null],
    ['false', false],
    ['an empty string', ''],
    ['an empty array', []],
    ['an array of such values', [undefined, null, false, '']],
  ])('%s between tags inserts nothing', (_name, value) => {
    expect(sourceOf(html`<p>${value}</p>`)).toBe('<p></p>');
  });

  it('the number 0 between tags is inserted', () => {
    expect(sourceOf(html`<p>${0}</p>`)).toBe('<p>0</p>');
  });

  it('an attribute between tags is an error', () => {
    expect(() => html`<p>${attribute('id', 'x')}</p>`).toThrow(TypeError);
  });

  it('quotes and angle brackets of constant text do not change the place of a value', () => {
    expect(sourceOf(html`<p title="a > b < c">say "${'<\u202e'}"</p>`)).toBe(
      '<p title="a > b < c">say "&lt;<span class="u">U+202E</span>"</p>',
    );
  });
});

describe('a value in a start tag', () => {
  it('a string in an attribute value cannot end it, and has invisible characters as escapes', () => {
    const markup = html`<a title="x ${HOSTILE}" id="${1}">`;
    expect(sourceOf(markup)).toBe(
      '<a title="x &quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;\\u{202e}\\u{0}\\u{0}" id="1">',
    );
  });

  it('an attribute is inserted with a space before it, or not at all', () => {
    const tag = (isWide: boolean) => html`<p${isWide && attribute('class', '"wide"')}>`;
    expect(sourceOf(tag(true))).toBe('<p class="&quot;wide&quot;">');
    expect(sourceOf(tag(false))).toBe('<p>');
  });

  it('markup in an attribute value is an error', () => {
    expect(() => html`<p title="${html`<b>`}">`).toThrow(TypeError);
    expect(() => html`<p title="${[html`<b>`]}">`).toThrow(TypeError);
  });

  it('a string outside the quotes of a start tag is an error', () => {
    expect(() => html`<p ${'onclick=alert(1)'}>`).toThrow(TypeError);
    expect(() => html`<p class=${'x'}>`).toThrow(TypeError);
    expect(() => html`<${'script'}>`).toThrow(TypeError);
    expect(() => html`<p ${html`<b>`}>`).toThrow(TypeError);
  });
});

describe('text and markup', () => {
  it('an object that only looks like markup does not compile and is not inserted', () => {
    // @ts-expect-error Only the functions of the module make markup.
    const forged: Content = { source: '<script>' };
    expect(() => html`<p>${forged}</p>`).toThrow();
  });

  it('a function that returns markup cannot return a string', () => {
    // @ts-expect-error A string is not markup.
    const page = (): ReturnType<typeof html> => '<b>';
    expect(page()).toBe('<b>');
  });
});

it('markup is joined with line feeds between the parts', () => {
  expect(sourceOf(joinLines([html`<b>`, html`${'<'}`]))).toBe('<b>\n&lt;');
});

it('a line for each element is made when it is written', () => {
  const made: string[] = [];
  const line = (text: string) => {
    made.push(text);
    return html`<i>${text}</i>`;
  };
  const page = html`<p>${[html`<b>`, lazyLines(['<', 'b'], line)]}</p>`;
  expect(made).toEqual([]);
  expect(sourceOf(page)).toBe('<p><b><i>&lt;</i>\n<i>b</i>\n</p>');
  expect(made).toEqual(['<', 'b']);
});

it('a trusted text that could end its element is an error', () => {
  expect(sourceOf(trusted('p > b { color: red }'))).toBe('p > b { color: red }');
  expect(() => trusted('a</script>')).toThrow();
  expect(() => trusted('a<!--')).toThrow();
});

it('a time is shown in UTC, and a text that is not a time is shown escaped', () => {
  expect(sourceOf(time('2026-03-02T21:00:00.500Z'))).toBe(
    '<time datetime="2026-03-02T21:00:00.500Z">2026-03-02 21:00:00 UTC</time>',
  );
  expect(sourceOf(time('<b>'))).toBe('&lt;b&gt;');
});

it('the content of a JSON string is ASCII and has the exact text', () => {
  const text = 'a"\\\r\u0000\ud800移';
  const content = jsonStringContent(text);
  expect(content).toMatch(/^[ -~]*$/);
  expect(JSON.parse(`"${content}"`)).toBe(text);
});
