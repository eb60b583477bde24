/** Users' regular expressions: what they match, which are left out, and the cost of a hostile list. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidList } from '../../src/safety/entry.js';
import { Exclusions } from '../../src/safety/exclusions.js';
import { objectParts } from '../../src/safety/object-parts.js';

async function listOf(...entries: string[]): Promise<Exclusions> {
  const exclusions = new Exclusions();
  await exclusions.addWarningList({ name: 'own', type: 'regex', entries });
  return exclusions;
}

async function matches(entry: string, url: string): Promise<boolean> {
  return (await listOf(entry)).find(objectParts({ url })) !== undefined;
}

/** An entry as a message shows it. */
const shown = (entry: string) =>
  JSON.stringify(entry.length > 40 ? `${entry.slice(0, 40)}…` : entry);

describe('an expression', () => {
  it('an expression is matched against the value, and not against the host of it', async () => {
    const exclusions = await listOf('^own-\\d+\\.example\\.net$');
    const found = (object: object) => exclusions.find(objectParts(object));
    expect(found({ domain: 'own-7.example.net' })).toBe('own');
    expect(found({ url: 'https://own-7.example.net/a' })).toBeUndefined();
    expect(found({ senderMailAddress: 'a@own-7.example.net' })).toBeUndefined();
  });

  it.each([
    ['/^https:/', 'HTTPS://a.net/', true],
    ['/b.c/', 'http://a.net/b\nc', false],
    ['/b.c/s', 'http://a.net/b\nc', true],
    ['/^c/', 'http://a.net/b\nc', false],
    ['/^c/m', 'http://a.net/b\nc', true],
    ['/a\\.net\\/b/gu', 'http://a.net/b', true],
    ['#a\\.net/b#iD', 'http://a.net/b', true],
    ['~A\\.NET~', 'http://a.net/b', true],
    ['/a\\.net|http/A', 'http://b.net/', true],
    ['/a\\.net|b/A', 'http://a.net/', false],
    ['@a.net', 'http://x@a.net/', true],
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
    await exclusions.addWarningList({ name: 'first', type: 'regex', entries: entries(0) });
    await exclusions.addWarningList({ name: 'second', type: 'regex', entries: entries(30) });
    const found = (n: number) => exclusions.find(objectParts({ domain: `own-${n}.example.net` }));
    expect(Array.from({ length: 60 }, (_, n) => found(n))).toEqual(Array(60).fill('first'));
    expect(Array.from({ length: 30 }, (_, n) => found(60 + n))).toEqual(Array(30).fill('second'));
    expect(found(90)).toBeUndefined();
  });

  it('the first list that is for the type of the object is named', async () => {
    const exclusions = new Exclusions();
    const lists = { phones: ['phone-number'], mails: ['email'], urls: ['url'], all: ['ALL'] };
    for (const [name, attributes] of Object.entries(lists)) {
      await exclusions.addWarningList({ name, type: 'regex', attributes, entries: ['a\\.net$'] });
    }
    const found = (object: object) => exclusions.find(objectParts(object));
    expect(found({ senderMailAddress: 'x@a.net' })).toBe('mails');
    expect(found({ url: 'http://a.net' })).toBe('urls');
    expect(found({ domain: 'a.net' })).toBe('all');
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
    ['/a b/x', 'has the flag x, which is not supported'],
    ['a**', 'is not a regular expression that RE2 supports'],
    ['a++', 'is not a regular expression that RE2 supports'],
    ['//i', 'is empty'],
  ])('the expression %.30s is left out with a warning', async (entry, why) => {
    const exclusions = await listOf('^good\\.', entry);
    expect(exclusions.warnings).toEqual([
      {
        code: 'exclusion_entries',
        message: `1 of 2 entries of the list own is left out: entry 2 ${shown(entry)} ${why}`,
      },
    ]);
    expect(exclusions.find(objectParts({ domain: 'good.com' }))).toBe('own');
    expect(exclusions.find(objectParts({ domain: 'ab.com' }))).toBeUndefined();
  });

  it('there is one warning for each list, which describes the first three expressions', async () => {
    const exclusions = await listOf('x', ...Array.from({ length: 5 }, () => '(?=x)'));
    await exclusions.addWarningList({ name: 'other', type: 'regex', entries: ['(a)\\1', 'y'] });
    const why = 'has look-arounds such as (?=, which are not supported';
    expect(exclusions.warnings.map(({ message }) => message)).toEqual([
      `5 of 6 entries of the list own are left out: entry 2 "(?=x)" ${why}; entry 3 "(?=x)" ${why}; entry 4 "(?=x)" ${why}; and 2 more`,
      '1 of 2 entries of the list other is left out: entry 1 "(a)\\\\1" has back-references such as \\1, which are not supported',
    ]);
  });

  it('a list in which no expression is supported is an error', async () => {
    await expect(listOf('(?=x)', '(a)\\1')).rejects.toThrow(
      new InvalidList(
        'has no usable entry: entry 1 "(?=x)" has look-arounds such as (?=, which are not supported; entry 2 "(a)\\\\1" has back-references such as \\1, which are not supported',
      ),
    );
  });

  it.each([
    ['large ones', '[a-z]{900}x'],
    ['unsupported ones', '(?=x)'],
    ['ones that are too large', 'a{1000}'.repeat(1_000)],
  ])('of too many expressions together, the last ones are left out: %s', async (_, entry) => {
    const exclusions = new Exclusions();
    const entries = ['^good\\.', ...Array<string>(200_000).fill(entry), '^last\\.'];
    await exclusions.addWarningList({ name: 'own', type: 'regex', entries });
    expect(exclusions.warnings).toEqual([
      { code: 'exclusion_entries', message: expect.stringContaining(' of 200,002 entries ') },
    ]);
    expect(exclusions.find(objectParts({ domain: 'good.com' }))).toBe('own');
    expect(exclusions.find(objectParts({ domain: 'last.com' }))).toBeUndefined();
    await expect(
      exclusions.addWarningList({ name: 'other', type: 'regex', entries: ['x'] }),
    ).rejects.toThrow(
      'has no usable entry: entry 1 "x" makes the expressions of all lists too large together',
    );
  });

  it('a list of 10,000 usual expressions is accepted', async () => {
    const entries = Array.from({ length: 10_000 }, (_, n) => `^(.+\\.)?own-${n}\\.example\\.net$`);
    const exclusions = await listOf(...entries);
    expect(exclusions.find(objectParts({ domain: 'a.own-9999.example.net' }))).toBe('own');
    expect(exclusions.find(objectParts({ domain: 'a.own-10000.example.net' }))).toBeUndefined();
  });
});

it('an entry that begins with a slash and does not end in flags is a bare pattern', async () => {
  expect(await matches('/login/index', 'https://good.example/login')).toBe(false);
  expect(await matches('/login/index', 'https://good.example/login/index.php')).toBe(true);
  expect(await matches('//evil.com/a', 'https://good.example/evil.com/')).toBe(false);
  await expect(listOf('//')).rejects.toThrow(/is empty$/);
});
