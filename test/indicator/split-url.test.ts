import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitUrl } from '../../src/indicator/split-url.js';

describe('splitUrl', () => {
  const none = { scheme: undefined, prefix: '', userinfo: '', host: '', port: '', rest: '' };

  it.each([
    ['', {}],
    ['a.com', { host: 'a.com' }],
    ['a.com:80/x', { host: 'a.com', port: ':80', rest: '/x' }],
    ['//a.com/x', { prefix: '//', host: 'a.com', rest: '/x' }],
    ['HTTP://A.com', { scheme: 'http', prefix: 'HTTP://', host: 'A.com' }],
    ['http://', { scheme: 'http', prefix: 'http://' }],
    ['/a.com', { rest: '/a.com' }],
    ['http:///a.com', { scheme: 'http', prefix: 'http://', rest: '/a.com' }],
    ['http://a.com?x/y', { scheme: 'http', prefix: 'http://', host: 'a.com', rest: '?x/y' }],
    ['a.com#@b.com', { host: 'a.com', rest: '#@b.com' }],
    ['a.com\\@b.com', { host: 'a.com', rest: '\\@b.com' }],
    ['a.com/http://b.com', { host: 'a.com', rest: '/http://b.com' }],
    ['u@v:p@a.com:80', { userinfo: 'u@v:p@', host: 'a.com', port: ':80' }],
    ['mailto:u@a.com', { userinfo: 'mailto:u@', host: 'a.com' }],
    ['[2001:db8::1]:80/', { host: '[2001:db8::1]', port: ':80', rest: '/' }],
    ['a.com:80:', { host: 'a.com:80', port: ':' }],
    ['a.com:x', { host: 'a.com:x' }],
    ['*://*.a.com/*', { scheme: '*', prefix: '*://', host: '*.a.com', rest: '/*' }],
    ['1http://a.com', { host: '1http', port: ':', rest: '//a.com' }],
  ])('splitUrl(%j) has the parts %j', (url, parts) => {
    expect(splitUrl(url)).toEqual({ ...none, ...parts });
  });

  it('the parts of any text joined are the text', () => {
    const pieces = fc.constantFrom(
      'http',
      '://',
      '//',
      '/',
      ':',
      '@',
      '*',
      '?',
      '#',
      '\\',
      '80',
      'a',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces, { maxLength: 10 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (url) => {
        const { scheme, prefix, userinfo, host, port, rest } = splitUrl(url);
        expect(`${prefix}${userinfo}${host}${port}${rest}`).toBe(url);
        expect(prefix.toLowerCase()).toBe(scheme === undefined ? prefix : `${scheme}://`);
      }),
      { numRuns: 2_000 },
    );
  });

  it('the host of a plain URL is the host that the URL parser finds', () => {
    fc.assert(
      fc.property(fc.webUrl({ withFragments: true, withQueryParameters: true }), (url) => {
        expect(splitUrl(url).host.toLowerCase()).toBe(new URL(url).hostname);
      }),
    );
  });
});
