/** Advice on a service that was given up, by the last result of a request. */
import { expect, it } from 'vitest';
import { detailsOf } from '../../src/http/given-up.js';
import type { TransportError } from '../../src/http/transport-error.js';

const SERVICE = { name: 'ThreatQ', host: 'tq.example', setting: 'threatq.host', isOwn: () => true };
const error = (code: string, more: Partial<TransportError> = {}): TransportError => ({
  kind: 'broken',
  cause: 'no_connection',
  message: 'x',
  code,
  ...more,
});
const adviceOn = (last: TransportError) => detailsOf({ last }, SERVICE).advice;

it.each([
  ['ENOTFOUND', /name servers.*set HTTPS_PROXY/, /no connection to the proxy 10\.0\.0\.9:3128/],
  ['EAI_AGAIN', /name servers.*set HTTPS_PROXY/, /no connection to the proxy/],
  [
    'ECONNREFUSED',
    /with its port.*may refuse/,
    /no connection to the proxy.*add tq\.example to NO/,
  ],
  ['EHOSTUNREACH', /the network and the firewalls/, /no connection to the proxy/],
  // It is not known whether the proxy or the service did not answer.
  ['CONNECT_TIMEOUT', /the network and the firewalls/, /or did not reach ThreatQ/],
  [
    'EPROTO',
    /a server without TLS/,
    /does not use TLS itself, its address must begin with http:\/\//,
  ],
  ['ERR_SSL_WRONG_VERSION_NUMBER', /a server without TLS/, /must begin with http:\/\//],
  [
    'HPE_INVALID_CONSTANT',
    /a program other than ThreatQ may answer/,
    /the server behind it, does not speak HTTP/,
  ],
])('%s has advice, and another one if there is a proxy', (code, direct, throughProxy) => {
  expect(adviceOn(error(code))).toMatch(direct);
  expect(adviceOn(error(code))).toMatch(/^Check threatq\.host/);
  const proxied = adviceOn(error(code, { proxy: '10.0.0.9:3128' }));
  expect(proxied).toMatch(throughProxy);
  expect(proxied).toContain('10.0.0.9:3128');
});

it('an error that is often temporary has no advice', () => {
  expect(adviceOn(error('ECONNRESET', { cause: 'reset' }))).toBeUndefined();
  expect(adviceOn(error('', { cause: 'timeout' }))).toBeUndefined();
});

it('advice that is known already is kept', () => {
  expect(detailsOf({ advice: 'Do this.', last: error('ENOTFOUND') }, SERVICE)).toEqual({
    advice: 'Do this.',
  });
});

it('the status of an answer is known only if the service gave it', () => {
  const answer = { kind: 'answer', status: 503, headers: {}, text: '' } as const;
  expect(detailsOf({ last: answer }, SERVICE)).toEqual({ status: 503 });
  expect(detailsOf({ last: { ...answer, tunnelRefused: true } }, SERVICE)).toEqual({
    advice: expect.stringMatching(/^A proxy did not connect to tq\.example/),
  });
  expect(detailsOf({}, SERVICE)).toEqual({});
});
