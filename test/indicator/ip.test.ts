import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkValue } from '../../src/indicator/indicator.js';
import { withoutBrackets } from '../../src/indicator/ip.js';
import { problemOf, sentValue } from '../support/checked.js';

const ip = (text: string) => checkValue('ip', text, { wildcards: false });

describe('an address', () => {
  it.each([
    ['198.51.100.7', '198.51.100.7'],
    ['198.51.100[.]7', '198.51.100.7'],
    ['10.0.0.1', '10.0.0.1'],
    ['198.51.100.7/32', '198.51.100.7'],
    ['198[.]51[.]100[.]7[/]32', '198.51.100.7'],
    ['2001:DB8:0::1/128', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[198.51.100.7]', '198.51.100.7'],
    ['[2001:db8::1]/128', '2001:db8::1'],
    ['2001[:]db8[::]1', '2001:db8::1'],
    ['198 [.] 51 [.] 100 [.] 7', '198.51.100.7'],
    ['198.51.100[.7]', '198.51.100.7'],
    ['198.51.100.7\ufe0f', '198.51.100.7'],
    ['198.51.100.7\u200b', '198.51.100.7'],
    ['\u200e2001:db8::1 \u200e', '2001:db8::1'],
    ['198\\.51\\.100\\.7', '198.51.100.7'],
    ['198[.51[.100.]7', '198.51.100.7'],
    ['2001:DB8::1', '2001:db8::1'],
    ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001[:]db8[:][:]1', '2001:db8::1'],
    ['::', '::'],
    ['::ffff:c633:6407', '::ffff:198.51.100.7'],
  ])('the address %s is sent as %s', (given, sent) => {
    expect(sentValue(ip(given))).toBe(sent);
  });

  it.each([
    ['10.0.0.0/8', /network/],
    ['198.51.100.7/31', /network/],
    ['198.51.100.7/128', /not a valid/],
    ['2001:db8::1/32', /network/],
    ['198.51.100/32', /not a valid/],
    ['http://198.51.100.7/', /not a valid/],
    ['198.51.100.7/', /not a valid/],
    ['[2001:db8::]/32', /network/],
    ['[198.51.100.7', /not a valid/],
    ['198.51.100.7/33', /not a valid/],
    ['198.51.100.7/24', /network/],
    ['198.51\u200b.100.7', /U\+200B/],
    ['2001:db8::/32', /network/],
    ['198.51.100.7:8080', /port/],
    ['[2001:db8::1]:443', /port/],
    ['195.226.218..234:80', /not a valid/],
    ['198.51.100.7:80800', /not a valid/],
    ['fe80::1%eth0', /zone/],
    ['', /not a valid/],
    ['0x7f.1', /not a valid/],
    ['0x7f.0.0.1', /not a valid/],
    ['1.2.3', /not a valid/],
    ['2130706433', /not a valid/],
    ['010.0.0.1', /not a valid/],
    ['256.1.1.1', /not a valid/],
    ['198.51.100.7-198.51.100.9', /not a valid/],
    ['198.51.100.*', /not a valid/],
    ['1 98.51.100.7', /not a valid/],
    ['１98.51.100.7', /not a valid/],
    ['evil.example', /not a valid/],
  ])('%j is not accepted as an address', (given, reason) => {
    expect(problemOf(ip(given))).toMatch(reason);
  });

  it('each IPv6 address has one spelling, with at most the 39 characters that Vision One accepts', () => {
    fc.assert(
      fc.property(fc.ipV6(), (given) => {
        const sent = sentValue(ip(given)) ?? '';
        expect(isIP(sent)).toBe(6);
        expect(sent.length).toBeLessThanOrEqual(39);
        expect(sentValue(ip(sent.toUpperCase()))).toBe(sent);
        // The URL parser reads the same address.
        expect(new URL(`http://[${sent}]`).hostname).toBe(new URL(`http://[${given}]`).hostname);
      }),
    );
  });
});

it.each([
  ['[2001:db8::1]', '2001:db8::1'],
  ['198.51.100.7', '198.51.100.7'],
])('withoutBrackets(%j) is %j', (given, expected) => {
  expect(withoutBrackets(given)).toBe(expected);
});
