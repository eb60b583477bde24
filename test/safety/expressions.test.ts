/** Users' regular expressions: what they match, what is left out of a list, and what a hostile list costs. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Exclusions, InvalidEntry } from '../../src/safety/exclusions.js';
import { targetOf } from '../../src/safety/target.js';

async function listOf(...entries: string[]): Promise<Exclusions> {
  const exclusions = new Exclusions();
  await exclusions.add({ name: 'own', type: 'regex', entries });
  return exclusions;
}

async function matches(entry: string, url: string): Promise<boolean> {
  return (await listOf(entry)).find(targetOf({ url })) !== undefined;
}

describe('an expression', () => {
  it('is tried on the host of a URL and of a mail address too', async () => {
    const exclusions = await listOf('^own-\\d+\\.example\\.net$');
    const found = (object: object) => exclusions.find(targetOf(object));
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
    // Neither a list's slash nor its flags are part of the pattern.
    ['/i', 'http://a.net/index', true],
  ])('%s on %j: %s', async (entry, url, expected) => {
    expect(await matches(entry, url)).toBe(expected);
  });

  it('is found among many, and is named by the first list that has it', async () => {
    const exclusions = new Exclusions();
    const entries = (from: number) => Array.from({ length: 60 }, (_, n) => `^own-${from + n}\\.`);
    await exclusions.add({ name: 'first', type: 'regex', entries: entries(0) });
    await exclusions.add({ name: 'second', type: 'regex', entries: entries(30) });
    const found = (n: number) => exclusions.find(targetOf({ domain: `own-${n}.example.net` }));
    expect(Array.from({ length: 60 }, (_, n) => found(n))).toEqual(Array(60).fill('first'));
    expect(Array.from({ length: 30 }, (_, n) => found(60 + n))).toEqual(Array(30).fill('second'));
    expect(found(90)).toBeUndefined();
  });

  it('of the first list counts, whether it matches the value or the host', async () => {
    const exclusions = new Exclusions();
    await exclusions.add({ name: 'first', type: 'regex', entries: ['^a\\.net$'] });
    await exclusions.add({ name: 'second', type: 'regex', entries: ['^http:'] });
    expect(exclusions.find(targetOf({ url: 'http://a.net/' }))).toBe('first');
  });

  it('on a value that was made for it is answered, and the answer is right', async () => {
    const exclusions = await listOf('^http://(a+)+$', '^http://(b|b)*c$');
    const found = (url: string) => exclusions.find(targetOf({ url }));
    expect(found(`http://${'a'.repeat(2_000)}`)).toBe('own');
    expect(found(`http://${'a'.repeat(2_000)}!`)).toBeUndefined();
    expect(found(`http://${'b'.repeat(2_000)}`)).toBeUndefined();
  });

  it('means what it means to JavaScript', async () => {
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

describe('what cannot be matched in linear time', () => {
  it.each([
    ['a(?=b)', 'look-arounds such as (?= are not supported'],
    ['a(?!b)', 'look-arounds such as (?! are not supported'],
    ['/(?<=a)b/i', 'look-arounds such as (?<=a)b are not supported'],
    ['(?<!a)b', 'look-arounds such as (?<!a)b are not supported'],
    ['(a)\\1', 'back-references such as \\1 are not supported'],
    ['(?<n>a)\\k<n>', 'back-references such as \\k are not supported'],
    ['a\\Z', '\\Z is not supported'],
    ['a{1001}', 'more than 1,000 repetitions, as in {1001}, are not supported'],
    ['(a{1000}){1000}', 'more than 1,000 repetitions, as in {1000}, are not supported'],
    ['(?:ab{100}){100}', 'more than 1,000 repetitions, as in {100}, are not supported'],
    ['([a-z]{31}){31}'.repeat(20), 'it is too large once its repetitions are written out'],
    [`${'('.repeat(2_000)}a${')'.repeat(2_000)}`, 'it is not supported'],
    ['a'.repeat(1_000_000), 'it is longer than 10000 characters'],
  ])('is left out with a warning: %.30s', async (entry, why) => {
    const exclusions = await listOf('^good\\.', entry);
    expect(exclusions.warnings).toEqual([
      {
        code: 'exclusion_entries',
        message: `1 of 2 expressions of the list own are left out: entry 2: ${why}`,
      },
    ]);
    expect(exclusions.find(targetOf({ domain: 'good.com' }))).toBe('own');
    expect(exclusions.find(targetOf({ domain: 'ab.com' }))).toBeUndefined();
  });

  it('is told once a list, the first three in words', async () => {
    const exclusions = await listOf('x', ...Array.from({ length: 5 }, () => '(?=x)'));
    await exclusions.add({ name: 'other', type: 'regex', entries: ['(a)\\1', 'y'] });
    const why = 'look-arounds such as (?= are not supported';
    expect(exclusions.warnings.map(({ message }) => message)).toEqual([
      `5 of 6 expressions of the list own are left out: entry 2: ${why}; entry 3: ${why}; entry 4: ${why}; and 2 more`,
      '1 of 2 expressions of the list other are left out: entry 1: back-references such as \\1 are not supported',
    ]);
  });

  it('is an error if a list has nothing else', async () => {
    await expect(listOf('(?=x)', '(a)\\1')).rejects.toThrow(
      new InvalidEntry('has no usable entry: entry 1: look-arounds such as (?= are not supported'),
    );
  });

  it('does not hide a mistake in the same list', async () => {
    await expect(listOf('x', '(?=x)', 'a**')).rejects.toThrow(
      new InvalidEntry('entry 3: is no regular expression'),
    );
  });

  it.each([
    ['large ones', '[a-z]{900}x'],
    ['ones that are left out', '(?=x)'],
    ['ones that are too large', 'a{1000}'.repeat(1_000)],
  ])('and too much of it altogether is an error: %s', async (_, entry) => {
    const entries = Array<string>(200_000).fill(entry);
    const adding = new Exclusions().add({ name: 'own', type: 'regex', entries });
    await expect(adding).rejects.toThrow(
      /^entry \d+: the expressions up to here are too large together$/,
    );
  });

  it('is no list of ten thousand usual ones, which is taken', async () => {
    const entries = Array.from({ length: 10_000 }, (_, n) => `^(.+\\.)?own-${n}\\.example\\.net$`);
    const exclusions = await listOf(...entries);
    expect(exclusions.find(targetOf({ domain: 'a.own-9999.example.net' }))).toBe('own');
    expect(exclusions.find(targetOf({ domain: 'a.own-10000.example.net' }))).toBeUndefined();
  });
});

it('an entry that begins with a slash and does not end in flags of JavaScript is a bare pattern', async () => {
  expect(await matches('/login/index', 'https://good.example/login')).toBe(false);
  expect(await matches('/login/index', 'https://good.example/login/index.php')).toBe(true);
  expect(await matches('//evil.com/a', 'https://good.example/evil.com/')).toBe(false);
  await expect(listOf('//')).rejects.toThrow(/is empty/);
});
