/** A check that applies to a domain also applies to its mail addresses, in each spelling. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mapIndicator } from '../../src/export/map.js';
import { checkSafety } from '../../src/safety/checks.js';
import { ExceptionMatcher } from '../../src/safety/exception-matcher.js';
import { type ObjectParts, objectParts } from '../../src/safety/object-parts.js';
import { readRow } from '../../src/threatq/row-parser.js';
import { LISTS } from '../../src/vision-one/lists.js';
import { exclusionsFrom } from '../support/exclusions.js';
import { BLOCKLIST_SETTINGS } from '../support/in-process.js';

const label = fc.oneof(
  fc.stringMatching(/^[a-z][a-z0-9]{0,9}$/),
  fc.constantFrom('bücher', '例え', 'xn--bcher-kva'),
);
const domain = fc
  .array(label, { minLength: 1, maxLength: 3 })
  .map((labels) => [...labels, 'example'].join('.'));
const local = fc.stringMatching(/^[A-Za-z0-9._+-]{1,20}$/);

/** How people and tools write mail addresses. */
const spelling = fc.record({
  upper: fc.boolean(),
  dot: fc.boolean(),
  defanged: fc.boolean(),
  space: fc.boolean(),
});

function spelled(text: string, how: { [K in 'upper' | 'dot' | 'defanged' | 'space']: boolean }) {
  let result = how.upper ? text.toUpperCase() : text;
  if (how.defanged) result = result.replaceAll('.', '[.]').replace('@', '[@]');
  if (how.dot) result += '.';
  return how.space ? ` ${result}\t` : result;
}

function partsOfMail(value: string): ObjectParts | undefined {
  const indicator = readRow({ id: 1, type: 'Email Address', value });
  const mapped = mapIndicator(indicator, {
    list: LISTS.suspicious_objects,
    settings: BLOCKLIST_SETTINGS,
    now: 0,
  });
  return mapped.objects[0] && objectParts(mapped.objects[0]);
}

it('a mail address is excluded, excepted or protected with its domain, and with a parent by *.', async () => {
  await fc.assert(
    fc.asyncProperty(domain, local, spelling, label, async (host, user, how, below) => {
      const own = partsOfMail(spelled(`${user}@${host}`, how));
      const deeper = partsOfMail(spelled(`${user}@${below}.${host}`, how));
      fc.pre(own !== undefined && deeper !== undefined);

      const exclusions = await exclusionsFrom({ name: 'own', entries: [host, `*.${host}`] });
      expect(exclusions.find(own)).toBe('own');
      expect(exclusions.find(deeper)).toBe('own');
      const misp = await exclusionsFrom({ name: 'misp', type: 'hostname', entries: [host] });
      expect(misp.find(own)).toBe('misp');
      expect(misp.find(deeper)).toBe('misp');

      const exceptions = new ExceptionMatcher();
      exceptions.add('domain', host);
      exceptions.add('domain', `*.${host}`);
      expect(exceptions.find(own)).toBe(host);
      expect(exceptions.find(deeper)).toBe(`*.${host}`);

      const indicator = readRow({ type: 'Email Address', value: '' });
      expect(checkSafety(indicator, own, [own.host ?? ''])?.reason).toBe('protected_host');
    }),
    { numRuns: 2_000 },
  );
});

it('no object is made of a mail address with an IP address behind its @', () => {
  for (const host of ['[10.0.0.1]', '10.0.0.1', '[IPv6:::1]', '[::1]', '0x7f.1', '2130706433']) {
    expect(partsOfMail(`user@${host}`)).toBeUndefined();
  }
});
