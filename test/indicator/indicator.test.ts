import { describe, expect, it } from 'vitest';
import {
  checkValue,
  keyForType,
  OBJECT_KEYS,
  SUPPORTED_TYPES,
  typeForKey,
} from '../../src/indicator/indicator.js';

describe('the table of types', () => {
  it('ThreatQ has seven types that can be exported', () => {
    expect(SUPPORTED_TYPES).toEqual([
      'FQDN',
      'IP Address',
      'IPv6 Address',
      'URL',
      'Email Address',
      'SHA-1',
      'SHA-256',
    ]);
  });

  it('each supported type has an object type, and each object type a supported type', () => {
    expect(new Set(SUPPORTED_TYPES.map(keyForType))).toEqual(new Set(OBJECT_KEYS));
    expect(OBJECT_KEYS.map((key) => keyForType(typeForKey(key)))).toEqual([...OBJECT_KEYS]);
  });

  it.each(['MD5', 'fqdn', 'FQDN ', '', '__proto__', 'constructor', 'toString'])(
    'the type %j has no object type',
    (type) => {
      expect(keyForType(type)).toBeUndefined();
    },
  );

  it('the message about a value that is too long has its length and the limit', () => {
    const long = `http://evil.example/${'x'.repeat(3_000)}`;
    expect(checkValue('url', long, { wildcards: false })).toEqual({
      problem: 'it has 3020 characters, and Vision One accepts at most 2048',
    });
  });

  it('a URL without a scheme is not accepted if no default scheme is given', () => {
    expect(checkValue('url', 'evil.example/x', { wildcards: false })).toEqual({
      problem: 'it has no scheme',
    });
  });
});
