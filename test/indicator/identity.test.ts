import { describe, expect, it } from 'vitest';
import {
  exceptionIdentity,
  listIdentity,
  normalizeSpelling,
  runIdentity,
} from '../../src/indicator/identity.js';
import { checkValue, type ObjectKey } from '../../src/indicator/indicator.js';
import { sentValue } from '../support/checked.js';

type Pair = [key: ObjectKey, one: string, other: string];

describe('runIdentity', () => {
  it('the same mail address in another case is the same object of a run', () => {
    expect(runIdentity('senderMailAddress', 'Boss@a.com')).toBe(
      runIdentity('senderMailAddress', 'boss@a.com'),
    );
  });

  it('URLs whose paths differ in case are two objects of a run', () => {
    expect(runIdentity('url', 'http://a.com/X')).not.toBe(runIdentity('url', 'http://a.com/x'));
  });

  it('the same text of two types is two objects of a run', () => {
    expect(runIdentity('domain', 'a.com')).not.toBe(runIdentity('url', 'a.com'));
  });
});

describe('listIdentity', () => {
  it.each<Pair>([
    ['domain', 'A.com.', 'a.com'],
    ['domain', 'bücher.example', 'xn--bcher-kva.example'],
    ['ip', '2001:0DB8:0::1', '2001:db8::1'],
    ['ip', ' 198.51.100.7 ', '198.51.100.7'],
    ['senderMailAddress', 'Boss@BÜCHER.example.', 'boss@xn--bcher-kva.example'],
    ['fileSha1', 'AB'.repeat(20), 'ab'.repeat(20)],
    ['url', 'HTTP://A.com/X', 'http://a.com/x'],
    ['url', 'http://u@bücher.example:8080/x', 'http://u@xn--bcher-kva.example:8080/x'],
    ['url', '*.bücher.example/*', '*.xn--bcher-kva.example/*'],
  ])('the %s entries %s and %s are the same', (key, one, other) => {
    expect(listIdentity(key, one)).toBe(listIdentity(key, other));
  });

  it.each<Pair>([
    ['domain', 'a.com', 'b.a.com'],
    ['ip', '2001:db8::1', '2001:db8::1%eth0'],
    ['ip', '198.51.100.7', '::ffff:198.51.100.7'],
    ['url', 'http://a.com', 'http://a.com/'],
    ['url', 'http://a.com/', 'http://a.com:80/'],
    ['url', 'http://a.com/', 'https://a.com/'],
    ['url', 'http://a.com/bücher', 'http://a.com/xn--bcher-kva'],
  ])('the %s entries %s and %s are two', (key, one, other) => {
    expect(listIdentity(key, one)).not.toBe(listIdentity(key, other));
  });
});

describe('exceptionIdentity', () => {
  it.each<Pair>([
    ['url', 'http://a.com', 'http://a.com/'],
    ['url', 'http://a.com:80/x', 'HTTP://A.com/X'],
    ['url', 'https://bücher.example:8443/x', 'https://xn--bcher-kva.example:8443/x'],
    ['domain', 'A.com.', 'a.com'],
  ])('the %s exceptions %s and %s are the same', (key, one, other) => {
    expect(exceptionIdentity(key, one)).toBe(exceptionIdentity(key, other));
  });

  it.each<Pair>([
    ['url', 'http://a.com/', 'https://a.com/'],
    ['url', 'http://a.com:443/', 'http://a.com/'],
    ['url', 'a.com/', 'http://a.com/'],
  ])('the %s exceptions %s and %s are two', (key, one, other) => {
    expect(exceptionIdentity(key, one)).not.toBe(exceptionIdentity(key, other));
  });
});

it('a very long host is compared without being converted', () => {
  const host = `${'ü'.repeat(1_001)}.example`;
  expect(normalizeSpelling('domain', host)).toBe(host);
});

it('a name in Greek capitals is the same as the name that is sent for it', () => {
  for (const [key, given] of [
    ['domain', 'example.ΛΌΓΟΣ'],
    ['url', 'http://ΛΌΓΟΣ.example/a'],
    ['senderMailAddress', 'a@ΛΌΓΟΣ.example'],
  ] as const) {
    const sent = sentValue(checkValue(key, given, { wildcards: false })) ?? '';
    expect(listIdentity(key, given)).toBe(listIdentity(key, sent));
    expect(exceptionIdentity(key, given)).toBe(exceptionIdentity(key, sent));
  }
});
