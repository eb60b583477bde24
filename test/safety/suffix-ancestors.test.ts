/** The parents of all public suffixes, computed from the rules as text and not by the code under test. */
import { domainToASCII } from 'node:url';
import fc from 'fast-check';
import { parse } from 'tldts';
import { describe, expect, it } from 'vitest';
import { checkSafety } from '../../src/safety/checks.js';
import { objectParts } from '../../src/safety/object-parts.js';
import { readRow } from '../../src/threatq/row-parser.js';
import { suffixRules } from '../support/suffix-rules.js';

/** Without reverse zones, which are refused as private names. */
const RULES = suffixRules()
  .map(({ text }) => text)
  .filter((text) => !/(^|\.)arpa$/.test(text));
const ANCESTORS = new Set(
  RULES.flatMap((rule) => {
    const labels = rule.split('.');
    return labels.slice(1).map((_, index) => domainToASCII(labels.slice(index + 1).join('.')));
  }),
);

const indicator = readRow({ type: 'FQDN', value: 'x' });
const skipOf = (domain: string) => checkSafety(indicator, objectParts({ domain }), []);
const reasonFor = (domain: string) => skipOf(domain)?.reason;

describe('a domain below which there are public suffixes', () => {
  it('every parent of a public suffix is refused', () => {
    expect(RULES.length).toBeGreaterThan(9_000);
    expect(ANCESTORS.size).toBeGreaterThan(400);
    expect([...ANCESTORS].filter((name) => reasonFor(name) !== 'public_suffix')).toEqual([]);
  });

  it('a parent that is no public suffix itself is refused with a message of its own', () => {
    const own = [...ANCESTORS].filter(
      (name) => parse(name, { allowPrivateDomains: true }).publicSuffix !== name,
    );
    expect(own.length).toBeGreaterThan(400);
    const messages = own.map((domain) => skipOf(domain)?.message);
    expect(
      messages.filter((message) => !message?.includes(' a parent of public suffixes')),
    ).toEqual([]);
  });
});

describe('an ordinary domain', () => {
  it('an ordinary domain below any public suffix is not refused', () => {
    const label = fc.stringMatching(/^[a-z][a-z0-9]{0,15}$/);
    const suffix = fc.constantFrom(...RULES.filter((rule) => !rule.startsWith('*')));
    fc.assert(
      fc.property(label, suffix, (name, below) => {
        const domain = domainToASCII(`${name}.${below}`);
        const { publicSuffix } = parse(domain, { allowPrivateDomains: true });
        fc.pre(!ANCESTORS.has(domain) && publicSuffix !== domain);
        expect(reasonFor(domain)).toBeUndefined();
      }),
      { numRuns: 5_000 },
    );
  });
});
