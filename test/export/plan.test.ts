import { describe, expect, it } from 'vitest';
import { Ledger } from '../../src/export/ledger.js';
import { addIndicator, emptyDesired } from '../../src/export/plan.js';
import type { Settings } from '../../src/export/settings.js';
import type { Indicator } from '../../src/indicator/indicator.js';
import { LISTS, type ListName } from '../../src/vision-one/lists.js';
import { objectKeyOf } from '../../src/vision-one/payload.js';
import { BLOCKLIST_SETTINGS, EXCEPTION_SETTINGS } from '../support/in-process.js';
import { indicatorOf, planContext } from '../support/mapping.js';

/** Plans indicators and closes the objects that are to be sent as planned. */
function plan(
  indicators: Indicator[],
  listName: ListName = 'suspicious_objects',
  changed: Partial<Settings> = {},
) {
  const list = LISTS[listName];
  const ledger = new Ledger();
  const settings = {
    ...(list.takesSettings ? BLOCKLIST_SETTINGS : EXCEPTION_SETTINGS),
    ...changed,
  };
  const desired = emptyDesired();
  const context = planContext({ list, settings, collection: 'Active C2' });
  for (const indicator of indicators) addIndicator(desired, indicator, context, ledger);
  const sent = desired.candidates.map(({ object }) => object[objectKeyOf(object)]);
  for (const entry of desired.candidates) ledger.close(entry, { outcome: 'planned' });
  return { ledger, sent, items: ledger.items() };
}

const fqdn = (value: string) => indicatorOf('FQDN', value);
const url = (value: string) => indicatorOf('URL', value);
const fqdns = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => fqdn(`host-${from + index}.evil.example`));

/** The reason of each skipped item, and the outcome of each other item. */
const reasonsOrOutcomes = (items: ReturnType<Ledger['items']>) =>
  items.map((item) => ('reason' in item ? item.reason : item.outcome));

describe('duplicates', () => {
  it.each([
    ['case', [fqdn('evil.example'), fqdn('EVIL.Example')]],
    ['a trailing dot', [fqdn('evil.example'), fqdn('evil.example.')]],
    ['a de-fanged dot', [fqdn('evil[.]example'), fqdn('evil.example')]],
    ['the script of a domain name', [fqdn('bücher.example'), fqdn('xn--bcher-kva.example')]],
    ['a scheme that is added', [url('http://evil.example/x'), url('evil.example/x')]],
    ['the case of scheme and host', [url('HTTP://EVIL.example/x'), url('http://evil.example/x')]],
    [
      'the case of a mail address',
      [
        indicatorOf('Email Address', 'A@evil.example'),
        indicatorOf('Email Address', 'a@evil.example'),
      ],
    ],
    [
      'the spelling of an address',
      [indicatorOf('IPv6 Address', '2001:DB8:0::1'), indicatorOf('IP Address', '2001:db8::1')],
    ],
    ['the case of a hash', ['A', 'a'].map((digit) => indicatorOf('SHA-1', digit.repeat(40)))],
  ])(
    'two indicators that differ only in %s are sent once, and the later one is skipped',
    (_what, indicators) => {
      const { sent, items } = plan(indicators);
      expect(sent).toHaveLength(1);
      expect(reasonsOrOutcomes(items)).toEqual(['planned', 'duplicate']);
      expect(items[1]).toHaveProperty('object');
    },
  );

  it('URLs whose paths differ in case and equal texts of two types are not duplicates', () => {
    const indicators = [url('http://evil.example/X'), url('http://evil.example/x')];
    expect(reasonsOrOutcomes(plan(indicators).items)).toEqual(['planned', 'planned']);
    const types = [fqdn('evil.example'), url('evil.example')];
    expect(reasonsOrOutcomes(plan(types).items)).toEqual(['planned', 'planned']);
  });

  it('duplicates are found for each of the two objects of a URL', () => {
    const both = { url_scheme_handling: 'both' } as const;
    const { sent, items } = plan(
      [url('https://evil.example/x'), url('evil.example/x')],
      'suspicious_objects',
      both,
    );
    expect(sent).toEqual(['https://evil.example/x', 'http://evil.example/x']);
    expect(reasonsOrOutcomes(items)).toEqual(['planned', 'planned', 'duplicate']);
  });
});

describe.each([
  ['suspicious_objects', 10_000],
  ['exceptions', 5_000],
] as const)('a run to the list %s', (list, limit) => {
  it(`a run to the list ${list} sends its first ${limit} objects in reading order and skips the others as over_limit`, () => {
    const { items, sent, ledger } = plan(fqdns(limit + 2), list);
    expect(ledger.read).toBe(limit + 2);
    expect(sent).toHaveLength(limit);
    expect(reasonsOrOutcomes(items).slice(limit - 1)).toEqual([
      'planned',
      'over_limit',
      'over_limit',
    ]);
    expect(items[limit]).toMatchObject({ value: `host-${limit}.evil.example` });
  });

  it('a run sends exactly its limit if there are no more objects', () => {
    expect(new Set(reasonsOrOutcomes(plan(fqdns(limit), list).items))).toEqual(
      new Set(['planned']),
    );
  });

  it('duplicates and invalid values do not count toward the limit', () => {
    const noise = [fqdn('HOST-0.evil.example.'), indicatorOf('MD5', 'x'), fqdn('10.0.0.1')];
    const { items } = plan([...fqdns(limit - 1), ...noise, ...fqdns(2, limit)], list);
    expect(reasonsOrOutcomes(items).slice(limit - 2)).toEqual([
      'planned',
      'duplicate',
      'unsupported_type',
      'invalid_value',
      'planned',
      'over_limit',
    ]);
  });

  it('the limit can separate the two objects of a URL', () => {
    const { items } = plan([...fqdns(limit - 1), url('evil.example/x')], list, {
      url_scheme_handling: 'both',
    });
    expect(items.slice(-2)).toMatchObject([
      { outcome: 'planned', object: { url: 'http://evil.example/x' } },
      { outcome: 'skipped', reason: 'over_limit', object: { url: 'https://evil.example/x' } },
    ]);
  });
});

it('an indicator without an object has one item, and one with two objects has two', () => {
  const { items } = plan(
    [fqdn('not a name'), url('evil.example'), indicatorOf('', '')],
    'suspicious_objects',
    { url_scheme_handling: 'both' },
  );
  expect(reasonsOrOutcomes(items)).toEqual([
    'invalid_value',
    'planned',
    'planned',
    'unsupported_type',
  ]);
});
