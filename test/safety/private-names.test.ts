/** Names that no host on the public internet has. No test resolves them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkSafety } from '../../src/safety/checks.js';
import { objectParts } from '../../src/safety/object-parts.js';
import { readRow } from '../../src/threatq/row-parser.js';
import type { VisionOneObject } from '../../src/vision-one/payload.js';

const indicator = readRow({ type: 'FQDN', value: 'x' });
const skipOf = (object: VisionOneObject) => checkSafety(indicator, objectParts(object), []);
const reasonFor = (object: VisionOneObject) => skipOf(object)?.reason;

const PRIVATE_NAMES = [
  'localhost',
  'localhost.localdomain',
  'localdomain',
  'local',
  'internal',
  'home.arpa',
  'lan',
  'corp',
  'home',
  'test',
  'example',
  'invalid',
  'arpa',
  'in-addr.arpa',
  'ip6.arpa',
];

describe('a private name is not sent', () => {
  it.each([
    ['a domain controller', 'dc01.corp.local', '.local is for private networks'],
    ['the machine itself', 'localhost', '.localhost is for the machine itself'],
    ['its full name', 'localhost.localdomain', '.localdomain is for private networks'],
    ['a machine at home', 'mein_computer.vlan10.home.arpa', '.home.arpa is for home networks'],
    ['an intranet', 'intranet.internal', '.internal is for private networks'],
    [
      'the reverse zone of an address',
      '1.0.168.192.in-addr.arpa',
      '.arpa is for reverse zones and other infrastructure',
    ],
    ['a name in upper case', 'DC01.CORP.', '.corp is for private networks'],
    ['a name for documentation', 'evil.example', '.example is for documentation'],
  ])('%s: %s', (_, domain, why) => {
    const host = domain.toLowerCase().replace(/\.$/, '');
    const message = `${host} is not a host on the public internet (${why})`;
    expect(skipOf({ domain })).toEqual({ reason: 'not_routable', message });
    expect(skipOf({ url: `http://${domain}:8080/login` })).toEqual({
      reason: 'not_routable',
      message,
    });
  });

  it('for any labels, each private name and what is below it, as domain and as host of a URL', () => {
    const label = fc.stringMatching(/^[a-z0-9_]([a-z0-9-]{0,10}[a-z0-9])?$/);
    const names = fc.tuple(fc.array(label, { maxLength: 4 }), fc.constantFrom(...PRIVATE_NAMES));
    fc.assert(
      fc.property(names, ([labels, name]) => {
        const host = [...labels, name].join('.');
        expect(reasonFor({ domain: host })).toBe('not_routable');
        expect(reasonFor({ url: `https://${host}/x` })).toBe('not_routable');
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a name that is not private is sent', () => {
  it.each([
    'notlocal.com',
    'mylocal.com',
    'local.com',
    'home.pl',
    'evil.home.pl',
    'corp.evil.com',
    'evil-arpa.com',
    'in-addr.arpa.evil.com',
    'evil.example.com',
    'example.com',
    'example.net',
    'example.org',
    'expyuzz4wqqyqhjn.onion',
    'evil.i2p',
    'evil.bit',
    'evil.bazar',
    'evil.lib',
    'evil.emc',
    'evil.coin',
    'evil.loki',
  ])('%s', (name) => {
    expect(reasonFor({ domain: name })).toBeUndefined();
    expect(reasonFor({ url: `http://${name}/x` })).toBeUndefined();
  });

  it('for any letters before it, a name that merely ends like a private name', () => {
    const letters = fc.stringMatching(/^[a-z]{1,8}$/);
    fc.assert(
      fc.property(letters, fc.constantFrom(...PRIVATE_NAMES), (before, name) => {
        const last = `${before}${name.slice(name.lastIndexOf('.') + 1)}`;
        fc.pre(!PRIVATE_NAMES.includes(last));
        expect(reasonFor({ domain: `evil.${last}` })).not.toBe('not_routable');
        expect(reasonFor({ domain: `evil.${name}.com` })).not.toBe('not_routable');
      }),
    );
  });

  it('a mail address blocks one sender, so its domain may be private', () => {
    expect(reasonFor({ senderMailAddress: 'boss@corp.local' })).toBeUndefined();
  });
});
