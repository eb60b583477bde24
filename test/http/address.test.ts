import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressText, isLoopback, serviceAddress } from '../../src/http/address.js';

const href = (text: string) => {
  const read = serviceAddress(text);
  return 'url' in read ? read.url.href : undefined;
};
const problem = (text: string) => {
  const read = serviceAddress(text);
  return 'problem' in read ? read.problem : undefined;
};

describe('the address of a service', () => {
  it.each([
    ['https://threatq.example.com', 'https://threatq.example.com/'],
    [' HTTPS://ThreatQ.Example.com/ \n', 'https://threatq.example.com/'],
    ['https://threatq.example.com:8443/base//', 'https://threatq.example.com:8443/base'],
    ['https://198.51.100.7', 'https://198.51.100.7/'],
    ['https://[2001:db8::1]:443', 'https://[2001:db8::1]/'],
    ['http://localhost:8080', 'http://localhost:8080/'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080/'],
    ['http://127.8.9.10', 'http://127.8.9.10/'],
    ['http://[::1]:8080', 'http://[::1]:8080/'],
  ])('the service address %j is read as %s', (text, url) => {
    expect(href(text)).toBe(url);
  });

  it.each([
    'http://threatq.example.com',
    'http://localhost.evil.example',
    'http://evil.example/localhost',
    'http://127.0.0.1.evil.example',
    'http://127.0.0.1@evil.example',
    'http://evil.example#127.0.0.1',
    'http://0.0.0.0',
    'http://10.0.0.1',
    'http://128.0.0.1',
    'http://[::]',
    'http://[::ffff:198.51.100.7]',
    'ftp://localhost',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'ws://localhost',
    'threatq.example.com',
    'threatq.example.com/api',
  ])('the service address %s is rejected, because a key would be sent in clear text', (text) => {
    expect(problem(text)).toMatch(/must begin with https:\/\//);
  });

  it.each(['', 'threatq', 'https://', 'https://threat q.example', 'https://x:port'])(
    'the service address %j is rejected as not a URL',
    (text) => {
      expect(problem(text)).toMatch(/must be a URL such as https:\/\//);
    },
  );

  it.each([
    ['https://user@threatq.example.com', /user name/],
    ['https://:s3cret@threatq.example.com', /password/],
    ['https://user:s3cret@threatq.example.com', /password/],
    ['https://threatq.example.com/?key=s3cret', /query/],
    ['https://threatq.example.com/#s3cret', /fragment/],
  ])('the service address %s is rejected for a part that it must not have', (text, message) => {
    expect(problem(text)).toMatch(message);
  });

  it('a rejected service address is not repeated in the message, because it may contain a password', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 3 }),
        fc.constantFrom('', 'http://', 'https://a:b@'),
        (text, head) => {
          const message = problem(`${head}s3cret${text}`);
          expect(message ?? '').not.toContain('s3cret');
        },
      ),
    );
  });

  it('a service address is shown only with its origin and path', () => {
    const url = new URL('https://user:s3cret@api.example.com/base/x?token=s3cret#s3cret');
    expect(addressText(url)).toBe('https://api.example.com/base/x');
    expect(addressText(new URL('https://api.example.com'))).toBe('https://api.example.com');
  });
});

describe('loopback', () => {
  it('a loopback host is recognized by each of its names and addresses', () => {
    for (const host of ['localhost', 'LOCALHOST', '127.0.0.1', '127.255.0.1', '::1', '[::1]']) {
      expect(isLoopback(host), host).toBe(true);
    }
  });

  it('a host that only resembles a loopback host is not loopback', () => {
    for (const host of ['localhost.example', '127.0.0.1.example', '127.1', '1.127.0.0', '::', '']) {
      expect(isLoopback(host), host).toBe(false);
    }
  });
});
