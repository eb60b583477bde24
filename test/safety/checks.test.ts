/** The safety checks: what must never be on a block list. */
import { describe, expect, it } from 'vitest';
import { mapIndicator } from '../../src/export/map.js';
import type { Indicator } from '../../src/indicator/indicator.js';
import { checkSafety } from '../../src/safety/checks.js';
import { objectParts } from '../../src/safety/object-parts.js';
import { readRow } from '../../src/threatq/row-parser.js';
import { LISTS } from '../../src/vision-one/lists.js';
import { BLOCKLIST_SETTINGS } from '../support/in-process.js';

const PROTECTED_HOSTS = [
  'threatq.soc.hospital.org',
  'api.eu.xdr.trendmicro.com',
  '51.20.30.40',
  '2a01:4f8::7',
  'tq',
];

/** Why the mapper or a check skips an indicator; `sent` if neither does. */
function verdictOn(type: string, value: string, more: Partial<Indicator> = {}): string {
  const indicator = { ...readRow({ id: 1, type, value }), ...more };
  const list = LISTS.suspicious_objects;
  const { objects, skipped } = mapIndicator(indicator, {
    list,
    settings: BLOCKLIST_SETTINGS,
    now: 0,
  });
  const [object] = objects;
  if (!object) return skipped?.reason ?? 'nothing';
  return checkSafety(indicator, objectParts(object), PROTECTED_HOSTS)?.reason ?? 'sent';
}

describe('addresses that are not globally routable, and private names', () => {
  it.each([
    ['IP Address', '10.0.0.1'],
    ['IP Address', ' 192[.]168[.]1[.]1 '],
    ['IP Address', '127.0.0.1'],
    ['IP Address', '::ffff:10.0.0.1'],
    ['IPv6 Address', '::1'],
    ['IPv6 Address', 'FE80::1'],
    ['IPv6 Address', '64:ff9b::7f00:1'],
    ['IPv6 Address', '2002:a00:1::'],
    ['URL', 'http://10.0.0.1/'],
    ['URL', '10.0.0.1/login'],
    ['URL', '10.0.0.1:8080/login'],
    ['URL', 'https://192.168.1.1:8443/x?y#z'],
    ['URL', 'ftp://172.16.0.1/x'],
    ['URL', 'hxxp://127[.]0[.]0[.]1/x'],
    ['URL', 'http://user@10.0.0.1/'],
    ['URL', 'http://user:password@10.0.0.1:80/'],
    ['URL', 'http://evil.com@10.0.0.1/'],
    ['URL', 'http://evil.com:80@10.0.0.1/'],
    ['URL', 'http://evil.com@@10.0.0.1/'],
    ['URL', 'http://10.0.0.1./'],
    ['URL', 'http://0x7f.1/'],
    ['URL', 'http://0x7F.0.0.0x1/'],
    ['URL', 'http://127.1/'],
    ['URL', 'http://2130706433/'],
    ['URL', 'http://0x7f000001/'],
    ['URL', 'http://017700000001/'],
    ['URL', 'http://0177.0.0.1/'],
    ['URL', 'http://3232235777/'],
    ['URL', 'ftp://0x7f.1/'],
    ['URL', 'http://0/'],
    ['URL', '0x7f.1/x'],
    ['URL', 'http://[::1]/'],
    ['URL', 'http://[::1]:8080/x'],
    ['URL', 'http://[::ffff:10.0.0.1]/'],
    ['URL', 'http://[::FFFF:a00:1]/'],
    ['URL', 'http://user@[fd00::1]/'],
    ['URL', 'https://[64:ff9b::10.0.0.1]/'],
    ['FQDN', 'localhost'],
    ['FQDN', 'printer.local'],
    ['URL', 'http://localhost/'],
    ['URL', 'http://localhost:8080/x'],
    ['URL', 'hxxp://dc01[.]corp[.]local/login'],
  ])('%s %s is not sent', (type, value) => {
    expect(verdictOn(type, value)).toBe('not_routable');
  });

  it.each([
    ['IP Address', '45.1.2.3'],
    ['IPv6 Address', '2a00:1450::1'],
    ['URL', 'http://45.1.2.3/10.0.0.1'],
    ['URL', 'http://10.0.0.1@45.1.2.3/'],
    ['URL', 'http://evil.com/?q=http://10.0.0.1/'],
    ['URL', 'http://evil.com#@10.0.0.1/'],
    ['URL', 'http://evil.com?@10.0.0.1/'],
    ['URL', 'http://10.0.0.1.evil.com/'],
    ['URL', 'http://757203459/'],
    ['URL', 'http://[2a00:1450::1]/'],
    ['FQDN', '10-0-0-1.evil.com'],
    ['FQDN', '1.0.0.10.in-addr.evil.com'],
  ])('%s %s is sent', (type, value) => {
    expect(verdictOn(type, value)).toBe('sent');
  });

  it.each([
    'http://%31%30.0.0.1/',
    'http://１０.0.0.1/',
    'http://10。0。0。1/',
    'http:///10.0.0.1/',
    'http:\\\\10.0.0.1\\@evil.com/',
  ])('%j is not sent, because browsers read a private address', (value) => {
    expect(verdictOn('URL', value)).toBe('not_routable');
  });

  it('a private address after the host is no host', () => {
    expect(verdictOn('URL', 'http://evil.com\\@10.0.0.1/')).toBe('sent');
  });

  // Programs read these hosts in different ways, so the mapper makes no object of them.
  it.each(['http://10.0.0\t.1/', 'http://1\u200b0.0.0.1/', 'http://[::1%25eth0]/'])(
    'no object is made of %j',
    (value) => {
      expect(verdictOn('URL', value)).toBe('invalid_value');
    },
  );

  it('the message about an unroutable address names the address and its range', () => {
    const indicator = readRow({ type: 'URL', value: 'http://0x7f.1/' });
    expect(checkSafety(indicator, objectParts({ url: 'http://0x7f.1/' }), PROTECTED_HOSTS)).toEqual(
      {
        reason: 'not_routable',
        message: '127.0.0.1 is not globally routable (loopback)',
      },
    );
  });
});

describe('public suffixes and single labels', () => {
  it.each([
    ['FQDN', 'com'],
    ['FQDN', 'com.'],
    ['FQDN', 'CO.UK'],
    ['FQDN', 'co[.]uk'],
    ['FQDN', 'github.io'],
    ['FQDN', 's3.amazonaws.com'],
    ['FQDN', 'azurewebsites.net'],
    ['FQDN', 'foo.ck'],
    ['FQDN', 'xn--p1ai'],
    ['FQDN', 'рф'],
    ['FQDN', 'amazonaws.com'],
    ['FQDN', 'AmazonAWS.com.'],
    ['FQDN', 'eu-west-1.amazonaws.com'],
    ['FQDN', 'windows.net'],
    ['FQDN', 'core.windows.net'],
    ['FQDN', 'fastly.net'],
    ['FQDN', 'cloudapp.azure.com'],
    ['FQDN', 'westeurope.cloudapp.azure.com'],
    ['FQDN', 'fileserver'],
    ['URL', 'http://fileserver/x'],
    ['URL', 'fileserver/x'],
    ['URL', 'http://co.uk/'],
    ['URL', 'http://co.uk./x'],
    ['URL', 'http://evil.com@com/'],
    ['URL', 'http://рф/'],
  ])('%s %s is not sent', (type, value) => {
    expect(verdictOn(type, value)).toBe('public_suffix');
  });

  it.each([
    ['FQDN', 'example.co.uk'],
    ['FQDN', 'evil.github.io'],
    ['FQDN', 'bucket.s3.amazonaws.com'],
    ['FQDN', 'www.ck'],
    ['FQDN', 'пример.рф'],
    // A URL blocks only itself, and malware is hosted there.
    ['URL', 'https://s3.amazonaws.com/bucket/malware.exe'],
    ['URL', 'https://github.io/x'],
    ['URL', 'https://amazonaws.com/x'],
    ['URL', 'https://westeurope.cloudapp.azure.com/x'],
    ['FQDN', 'evil.westeurope.cloudapp.azure.com'],
    ['FQDN', 'evil.amazonaws.com'],
    ['Email Address', 'someone@co.uk'],
    ['Email Address', 'someone@amazonaws.com'],
    ['Email Address', 'someone@localhost'],
  ])('%s %s is sent', (type, value) => {
    expect(verdictOn(type, value)).toBe('sent');
  });
});

it('the message about a parent of public suffixes says why it is not sent', () => {
  const indicator = readRow({ type: 'FQDN', value: 'windows.net' });
  expect(checkSafety(indicator, objectParts({ domain: 'windows.net' }), PROTECTED_HOSTS)).toEqual({
    reason: 'public_suffix',
    message:
      'windows.net is a parent of public suffixes: blocking it would block the domains of many owners',
  });
});

describe('hosts that the export or Vision One needs', () => {
  it.each([
    ['FQDN', 'threatq.soc.hospital.org'],
    ['FQDN', 'ThreatQ.SOC.hospital.org.'],
    // It is not documented whether a listed domain also blocks its subdomains.
    ['FQDN', 'soc.hospital.org'],
    ['FQDN', 'hospital.org'],
    ['URL', 'https://threatq.soc.hospital.org/'],
    ['URL', 'https://user@THREATQ.soc.hospital.org:8443/api'],
    ['URL', 'http://threatq.soc.hospital.org./x'],
    ['URL', 'threatq.soc.hospital.org/x'],
    ['IP Address', '51.20.30.40'],
    ['IP Address', '::ffff:51.20.30.40'],
    ['IPv6 Address', '64:ff9b::51.20.30.40'],
    ['IPv6 Address', '2A01:4F8:0::7'],
    ['URL', 'https://51.20.30.40/x'],
    ['URL', 'http://51.1318440/'],
    ['URL', 'https://[2a01:4f8:0:0::7]/'],
    ['FQDN', 'trendmicro.com'],
    ['FQDN', 'api.xdr.trendmicro.com'],
    ['FQDN', 'anything.at.all.trendmicro.com'],
    ['FQDN', 'api.xdr.trendmicro.co.jp'],
    ['FQDN', 'xdr.trendmicro.co.jp'],
    ['FQDN', 'trendmicro.eu'],
    ['FQDN', 'anything.trendmicro.eu'],
    ['Email Address', 'noreply@trendmicro.com'],
    ['Email Address', 'noreply[@]Mail.TrendMicro[.]com.'],
    ['Email Address', 'noreply@trendmicro.co.jp'],
    ['Email Address', 'noreply@trendmicro.eu'],
    ['Email Address', 'evil.com@threatq.soc.hospital.org'],
    ['Email Address', 'alerts@TQ'],
    ['URL', 'https://portal.xdr.trendmicro.com/#/app'],
    ['URL', 'https://evil.com@api.eu.xdr.trendmicro.com/'],
  ])('%s %s is not sent', (type, value) => {
    expect(verdictOn(type, value)).toBe('protected_host');
  });

  it.each([
    ['FQDN', 'nottrendmicro.com'],
    ['FQDN', 'trendmicro.com.evil.com'],
    ['FQDN', 'trendmicro-login.com'],
    ['FQDN', 'other.hospital.org'],
    ['FQDN', 'evil.threatq.soc.hospital.org'],
    // A URL of a parent domain does not block the protected host.
    ['URL', 'https://hospital.org/x'],
    ['URL', 'https://trendmicro.com@evil.com/'],
    ['URL', 'https://evil.com/trendmicro.com'],
    ['IP Address', '51.20.30.41'],
    ['Email Address', 'trendmicro.com@evil.com'],
    ['Email Address', 'phish@nottrendmicro.com'],
    // A sender in a parent domain does not block the protected host.
    ['Email Address', 'phish@hospital.org'],
    ['Email Address', 'phish@evil.threatq.soc.hospital.org'],
  ])('%s %s is sent', (type, value) => {
    expect(verdictOn(type, value)).toBe('sent');
  });

  it('the message about a parent of a protected host names the protected host', () => {
    const indicator = readRow({ type: 'FQDN', value: 'hospital.org' });
    const message = checkSafety(
      indicator,
      objectParts({ domain: 'hospital.org' }),
      PROTECTED_HOSTS,
    )?.message;
    expect(message).toContain('threatq.soc.hospital.org');
  });
});

describe('statuses', () => {
  it.each(['Whitelisted', 'Expired', 'whitelisted', 'EXPIRED'])(
    'an indicator with the status %s is not sent',
    (status) => {
      expect(verdictOn('FQDN', 'evil.com', { status })).toBe('status');
    },
  );

  it.each(['Active', 'Review', 'Indirect', 'Not Whitelisted', '', null])(
    'an indicator with the status %j is sent',
    (status) => {
      expect(verdictOn('FQDN', 'evil.com', { status })).toBe('sent');
    },
  );

  it.each([
    ['nested', { status: { id: 5, name: 'Whitelisted' } }],
    ['flat', { status: 'Whitelisted' }],
    ['with a score object', { status: { name: 'Expired' }, score: { generated_score: '9.00' } }],
  ])('the status of a row is read if it is %s', (_, row) => {
    const { status } = readRow({ id: 1, type: 'FQDN', value: 'evil.com', ...row });
    expect(verdictOn('FQDN', 'evil.com', { status })).toBe('status');
  });
});

describe('hashes of the empty file', () => {
  it.each([
    ['SHA-1', 'da39a3ee5e6b4b0d3255bfef95601890afd80709'],
    ['SHA-1', 'DA39A3EE5E6B4B0D3255BFEF95601890AFD80709'],
    ['SHA-256', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['SHA-256', ' E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855 '],
  ])('%s %s is not sent', (type, value) => {
    expect(verdictOn(type, value)).toBe('empty_file');
  });

  it('hashes that only begin like that of the empty file are sent', () => {
    expect(verdictOn('SHA-1', `da39${'0'.repeat(36)}`)).toBe('sent');
    expect(verdictOn('SHA-256', `e3b0${'0'.repeat(60)}`)).toBe('sent');
  });
});

describe('an object of the list, which can have any text as its value', () => {
  it.each([
    [{ ip: 'no address' }],
    [{ ip: '10.0.0.0/8' }],
    [{ ip: 'fe80::1%eth0' }],
    [{ url: 'mailto:' }],
    [{ url: 'http://' }],
    [{ url: 'data:,x' }],
    [{ domain: '' }],
  ])('the parts of %j are read without an error', (object) => {
    expect(() => objectParts(object)).not.toThrow();
  });

  it('an IP address with a zone has no address part, because the zone would be lost', () => {
    expect(objectParts({ ip: '2a00::1%eth0' })).toEqual({ key: 'ip', value: '2a00::1%eth0' });
    expect(objectParts({ ip: ' 2a00::1 ' }).address?.toString()).toBe('2a00::1');
  });

  it.each([
    ['Boss@Sub.Example.com.', 'sub.example.com'],
    ['boss@bücher.example', 'xn--bcher-kva.example'],
    ['a@b@example.com', 'example.com'],
    ['boss', undefined],
  ])('the host of the sender %s is %s', (senderMailAddress, host) => {
    expect(objectParts({ senderMailAddress }).host).toBe(host);
  });
});

it.each([
  ['threatq.example.com', 'this export or Vision One itself needs threatq.example.com'],
  [
    'example.com',
    'blocking it would block threatq.example.com, which this export or Vision One itself needs',
  ],
  ['files.trendmicro.com', 'this export or Vision One itself needs files.trendmicro.com'],
])('the message about the protected host %s says what is true of it', (domain, message) => {
  const indicator = readRow({ type: 'FQDN', value: domain });
  expect(checkSafety(indicator, objectParts({ domain }), ['threatq.example.com'])).toEqual({
    reason: 'protected_host',
    message,
  });
});
