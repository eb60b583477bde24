/** Users' regular expressions: what they match, which are ignored, and the cost of a hostile list. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidEntry } from '../../src/safety/entry-index.js';
import { Exclusions } from '../../src/safety/exclusions.js';
import { objectParts } from '../../src/safety/object-parts.js';

async function listOf(...entries: string[]): Promise<Exclusions> {
  const exclusions = new Exclusions();
  await exclusions.add({ name: 'own', type: 'regex', entries });
  return exclusions;
}

async function matches(entry: string, url: string): Promise<boolean> {
  return (await listOf(entry)).find(objectParts({ url })) !== undefined;
}

describe('an expression', () => {
  it('an expression is also matched against the host of a URL and of a mail address', async () => {
    const exclusions = await listOf('^own-\\d+\\.example\\.net$');
    const found = (object: object) => exclusions.find(objectParts(object));
    expect(found({ url: 'https://OWN-7.example.net/a' })).toBe('own');
    expect(found({ senderMailAddress: 'a@own-7.example.net' })).toBe('own');
    expect(found({ url: 'https://x.net/own-7.example.net' })).toBeUndefined();
  });

  it.each([
    ['/^https:/', 'HTTPS://a.net/', true],
    ['/b.c/', 'http://a.net/b\nc', false],
    ['/b.c/s', 'http://a.net/b\nc', true],
    ['/^c/', 'http://a.net/b\nc', false],
    ['/^c/m', 'http://a.net/b\nc', true],
    ['/a\\.net\\/b/gu', 'http://a.net/b', true],
    ['x|^http:', 'http://a.net/', true],
    ['(?<name>a)\\.net', 'http://a.net/', true],
    ['/[[:alpha:]]{3}$/', 'http://a.net', true],
    // Without a closing slash, the whole entry is the pattern.
    ['/i', 'http://a.net/index', true],
  ])('whether %s matches %j: %s', async (entry, url, expected) => {
    expect(await matches(entry, url)).toBe(expected);
  });

  it('among many expressions, the first list with a match is named', async () => {
    const exclusions = new Exclusions();
    const entries = (from: number) => Array.from({ length: 60 }, (_, n) => `^own-${from + n}\\.`);
    await exclusions.add({ name: 'first', type: 'regex', entries: entries(0) });
    await exclusions.add({ name: 'second', type: 'regex', entries: entries(30) });
    const found = (n: number) => exclusions.find(objectParts({ domain: `own-${n}.example.net` }));
    expect(Array.from({ length: 60 }, (_, n) => found(n))).toEqual(Array(60).fill('first'));
    expect(Array.from({ length: 30 }, (_, n) => found(60 + n))).toEqual(Array(30).fill('second'));
    expect(found(90)).toBeUndefined();
  });

  it('the first list is named, whether its expression matches the value or the host', async () => {
    const exclusions = new Exclusions();
    await exclusions.add({ name: 'first', type: 'regex', entries: ['^a\\.net$'] });
    await exclusions.add({ name: 'second', type: 'regex', entries: ['^http:'] });
    expect(exclusions.find(objectParts({ url: 'http://a.net/' }))).toBe('first');
  });

  it('expressions that backtrack are matched correctly against values made to make them slow', async () => {
    const exclusions = await listOf('^http://(a+)+$', '^http://(b|b)*c$');
    const found = (url: string) => exclusions.find(objectParts({ url }));
    expect(found(`http://${'a'.repeat(2_000)}`)).toBe('own');
    expect(found(`http://${'a'.repeat(2_000)}!`)).toBeUndefined();
    expect(found(`http://${'b'.repeat(2_000)}`)).toBeUndefined();
  });

  it('expressions match what JavaScript matches', async () => {
    const piece = fc.constantFrom('a', 'b', '.', '[ab]', '(a|b)', '(?:ab)', '\\d', '^', '$', '\\.');
    const repeat = fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,3}', '*?');
    const pattern = fc
      .array(fc.tuple(piece, repeat), { minLength: 1, maxLength: 6 })
      .map((parts) => parts.map(([p, r]) => (/^[$^]$/.test(p) ? p : p + r)).join(''));
    const value = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '.', '1'), maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(pattern, { minLength: 1, maxLength: 40 }),
        value,
        async (patterns, text) => {
          const found = (await listOf(...patterns)).find({ key: 'fileSha1', value: text });
          expect(found !== undefined).toBe(patterns.some((one) => new RegExp(one, 'i').test(text)));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('expressions that re2 does not support', () => {
  it.each([
    ['a(?=b)', 'has look-arounds such as (?=, which are not supported'],
    ['a(?!b)', 'has look-arounds such as (?!, which are not supported'],
    ['/(?<=a)b/i', 'has look-arounds such as (?<=a)b, which are not supported'],
    ['(?<!a)b', 'has look-arounds such as (?<!a)b, which are not supported'],
    ['(a)\\1', 'has back-references such as \\1, which are not supported'],
    ['(?<n>a)\\k<n>', 'has back-references such as \\k, which are not supported'],
    ['a\\Z', 'has \\Z, which is not supported'],
    ['a{1001}', 'has more than 1,000 repetitions, as in {1001}, which are not supported'],
    ['(a{1000}){1000}', 'has more than 1,000 repetitions, as in {1000}, which are not supported'],
    ['(?:ab{100}){100}', 'has more than 1,000 repetitions, as in {100}, which are not supported'],
    ['([a-z]{31}){31}'.repeat(20), 'is too large when its repetitions are expanded'],
    [`${'('.repeat(2_000)}a${')'.repeat(2_000)}`, 'is not supported'],
    ['a'.repeat(1_000_000), 'has more than 10000 characters'],
  ])('the expression %.30s is ignored with a warning', async (entry, why) => {
    const exclusions = await listOf('^good\\.', entry);
    expect(exclusions.warnings).toEqual([
      {
        code: 'exclusion_entries',
        message: `1 of 2 expressions of the list own are ignored: entry 2 ${why}`,
      },
    ]);
    expect(exclusions.find(objectParts({ domain: 'good.com' }))).toBe('own');
    expect(exclusions.find(objectParts({ domain: 'ab.com' }))).toBeUndefined();
  });

  it('there is one warning for each list, which describes the first three expressions', async () => {
    const exclusions = await listOf('x', ...Array.from({ length: 5 }, () => '(?=x)'));
    await exclusions.add({ name: 'other', type: 'regex', entries: ['(a)\\1', 'y'] });
    const why = 'has look-arounds such as (?=, which are not supported';
    expect(exclusions.warnings.map(({ message }) => message)).toEqual([
      `5 of 6 expressions of the list own are ignored: entry 2 ${why}; entry 3 ${why}; entry 4 ${why}; and 2 more`,
      '1 of 2 expressions of the list other are ignored: entry 1 has back-references such as \\1, which are not supported',
    ]);
  });

  it('a list in which no expression is supported is an error', async () => {
    await expect(listOf('(?=x)', '(a)\\1')).rejects.toThrow(
      new InvalidEntry(
        'has no usable entry: entry 1 has look-arounds such as (?=, which are not supported',
      ),
    );
  });

  it('an invalid expression is an error, also behind one that is ignored', async () => {
    await expect(listOf('x', '(?=x)', 'a**')).rejects.toThrow(
      new InvalidEntry('entry 3 is not a regular expression'),
    );
  });

  it.each([
    ['large ones', '[a-z]{900}x'],
    ['ignored ones', '(?=x)'],
    ['ones that are too large', 'a{1000}'.repeat(1_000)],
  ])('too many expressions together are an error: %s', async (_, entry) => {
    const entries = Array<string>(200_000).fill(entry);
    const adding = new Exclusions().add({ name: 'own', type: 'regex', entries });
    await expect(adding).rejects.toThrow(
      /^entry \d+ makes the expressions of all lists too large together$/,
    );
  });

  it('a list of 10,000 usual expressions is accepted', async () => {
    const entries = Array.from({ length: 10_000 }, (_, n) => `^(.+\\.)?own-${n}\\.example\\.net$`);
    const exclusions = await listOf(...entries);
    expect(exclusions.find(objectParts({ domain: 'a.own-9999.example.net' }))).toBe('own');
    expect(exclusions.find(objectParts({ domain: 'a.own-10000.example.net' }))).toBeUndefined();
  });
});

it('an entry that begins with a slash and does not end in flags of JavaScript is a bare pattern', async () => {
  expect(await matches('/login/index', 'https://good.example/login')).toBe(false);
  expect(await matches('/login/index', 'https://good.example/login/index.php')).toBe(true);
  expect(await matches('//evil.com/a', 'https://good.example/evil.com/')).toBe(false);
  await expect(listOf('//')).rejects.toThrow(/is empty/);
});
