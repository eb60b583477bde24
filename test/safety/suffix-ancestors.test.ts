/** The parents of all public suffixes, computed apart from the code under test: from the rules as text. */
import { domainToASCII } from 'node:url';
import fc from 'fast-check';
import { parse } from 'tldts';
import {
  edgeChild,
  edgeLength,
  edgeStart,
  labelText,
  nodeFlags,
  rulesRoot,
} from 'tldts/dist/cjs/src/data/trie.js';
import { describe, expect, it } from 'vitest';
import { SafetyChecks } from '../../src/safety/checks.js';
import { targetOf } from '../../src/safety/target.js';
import { readRow } from '../../src/threatq/row-parser.js';

/** Every rule of the list as it is published, such as `co.uk` or `*.ck`. */
function rulesBelow(node: number, suffix: string): string[] {
  const rules: string[] = [];
  for (let edge = edgeStart[node] ?? 0; edge < (edgeStart[node + 1] ?? 0); edge++) {
    const from = edgeLength.slice(0, edge).reduce((sum, length) => sum + length, 0);
    const label = labelText.slice(from, from + (edgeLength[edge] ?? 0));
    const name = `${label}${suffix}`;
    const child = edgeChild[edge] ?? 0;
    if (nodeFlags[child]) rules.push(name);
    rules.push(...rulesBelow(child, `.${name}`));
  }
  return rules;
}

const RULES = rulesBelow(rulesRoot, '');
const ANCESTORS = new Set(
  RULES.flatMap((rule) => {
    const labels = rule.split('.');
    return labels.slice(1).map((_, index) => domainToASCII(labels.slice(index + 1).join('.')));
  }),
);

const checks = new SafetyChecks([]);
const indicator = readRow({ type: 'FQDN', value: 'x' });
const reasonFor = (domain: string) => checks.check(indicator, targetOf({ domain }))?.reason;

describe('a domain below which there are public suffixes', () => {
  it('is refused, for every rule of the list', () => {
    expect(RULES.length).toBeGreaterThan(9_000);
    expect(ANCESTORS.size).toBeGreaterThan(400);
    expect([...ANCESTORS].filter((name) => reasonFor(name) !== 'public_suffix')).toEqual([]);
  });

  it('is refused by its own message if it is no public suffix itself', () => {
    const own = [...ANCESTORS].filter(
      (name) => parse(name, { allowPrivateDomains: true }).publicSuffix !== name,
    );
    expect(own.length).toBeGreaterThan(400);
    const messages = own.map((domain) => checks.check(indicator, targetOf({ domain }))?.message);
    expect(
      messages.filter((message) => !message?.includes(' a parent of public suffixes')),
    ).toEqual([]);
  });
});

describe('an ordinary domain', () => {
  it('is not refused, below any suffix', () => {
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
