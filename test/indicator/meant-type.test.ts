import { expect, it } from 'vitest';
import { keyForType, SUPPORTED_TYPES } from '../../src/indicator/indicator.js';
import { meantType } from '../../src/indicator/meant-type.js';

it.each([
  ['fqdn', 'FQDN'],
  ['Domain', 'FQDN'],
  ['ip address', 'IP Address'],
  ['ipv4', 'IP Address'],
  ['IPv6', 'IPv6 Address'],
  ['Url', 'URL'],
  ['email', 'Email Address'],
  ['SHA1', 'SHA-1'],
  ['sha_256', 'SHA-256'],
])('%s is probably %s', (given, type) => {
  expect(meantType(given)).toBe(type);
});

it.each(['', 'MD5', 'SHA-512', 'CIDR Block', 'URL Path', 'Email Subject', 'constructor', '日本'])(
  'the type "%s" is no other type',
  (given) => {
    expect(meantType(given)).toBeUndefined();
  },
);

it('only types that can be exported are meant, and each of them means itself', () => {
  for (const type of SUPPORTED_TYPES) expect(meantType(type.toUpperCase())).toBe(type);
  for (const type of ['domain', 'ip', 'uri', 'email']) {
    expect(keyForType(meantType(type) ?? '')).toBeDefined();
  }
});
