/** The author of an answer, and the advice on it, by status, body and proxy. */
import { describe, expect, it } from 'vitest';
import {
  adviceOnForeignAnswer,
  type ExpectedService,
  isOwnAnswer,
} from '../../src/http/foreign-answer.js';
import type { Answer } from '../../src/http/transport.js';

const PROXY = '10.0.0.9:3128';
const SERVICE: ExpectedService = {
  name: 'Vision One',
  host: 'v1.example:443',
  setting: 'API Region',
  isOwn: (json) => typeof json === 'object' && json !== null,
};
const answer = (status: number, more: Partial<Answer> = {}): Answer => ({
  kind: 'answer',
  status,
  headers: {},
  text: '<html></html>',
  ...more,
});
const adviceOn = (given: Answer) => adviceOnForeignAnswer(given, SERVICE);

describe('foreign answers', () => {
  it.each([400, 401, 403, 404, 500])(
    'an answer of the service itself with status %i gets no advice',
    (status) => {
      const own = answer(status, { text: '{}', proxy: PROXY });
      expect(adviceOn(own)).toBeUndefined();
      expect(isOwnAnswer(own, SERVICE)).toBe(true);
    },
  );

  it('a 404 in HTML is not attributed to a filter, because a wrong address is more likely', () => {
    expect(adviceOn(answer(404))).toBeUndefined();
    expect(adviceOn(answer(404, { proxy: PROXY }))).toBeUndefined();
  });

  it.each([403, 406, 451])(
    'an HTML answer with status %i is attributed to a filter or to the proxy',
    (status) => {
      expect(adviceOn(answer(status))).toBe(
        "This answer is probably not Vision One's own: a filter or firewall between this machine and Vision One may have refused the request, or API Region may be the address of another server. Check API Region, and ask the administrator of the filter to allow v1.example:443.",
      );
      expect(adviceOn(answer(status, { proxy: PROXY }))).toBe(
        `This answer is probably not Vision One's own: the proxy ${PROXY} or a filter behind it may have refused the request, or API Region may be the address of another server. Check API Region, and ask the administrator of the filter to allow v1.example:443.`,
      );
    },
  );

  it('a 407 is attributed to a proxy whatever its body is', () => {
    expect(adviceOn(answer(407, { text: '{}' }))).toMatch(/^A proxy refused the credentials/);
    expect(adviceOn(answer(407, { proxy: PROXY }))).toMatch(/^The proxy 10\.0\.0\.9:3128 refused/);
    expect(isOwnAnswer(answer(407, { text: '{}' }), SERVICE)).toBe(false);
  });

  it('an answer to CONNECT is attributed to the proxy whatever its status and its body are', () => {
    for (const status of [302, 403, 404, 503]) {
      const refused = answer(status, { text: '{}', proxy: PROXY, tunnelRefused: true });
      expect(adviceOn(refused)).toMatch(
        status < 500
          ? /^The proxy 10\.0\.0\.9:3128 refused the connection to v1\.example:443/
          : /^The proxy 10\.0\.0\.9:3128 did not connect to v1\.example:443: check API Region/,
      );
      expect(isOwnAnswer(refused, SERVICE)).toBe(false);
    }
  });

  it.each([
    [{}, /refused the credentials, or got none: give its user name and password in its address/],
    [{ 'proxy-authenticate': 'NTLM, Basic realm="proxy"' }, /refused the credentials, or got none/],
    [{ 'proxy-authenticate': 'Negotiate, NTLM' }, /requires a login, and not with Basic/],
  ])('a 407 with the headers %j says which login is possible', (headers, words) => {
    expect(adviceOn(answer(407, { headers, proxy: PROXY }))).toMatch(words);
  });

  it('the advice on a redirect names the host of its target and nothing else of the address', () => {
    const location = 'https://user:secret@login.example:8443/path?token=secret';
    expect(adviceOn(answer(302, { headers: { location } }))).toBe(
      'It redirects to login.example:8443, and redirects are not followed: check API Region.',
    );
    expect(adviceOn(answer(302, { headers: { location }, proxy: PROXY }))).toMatch(
      /If login\.example:8443 does not belong to Vision One, the proxy 10\.0\.0\.9:3128 refused the request/,
    );
    expect(adviceOn(answer(307))).toMatch(/^It redirects to another address,/);
    expect(adviceOn(answer(307, { headers: { location: '/login?token=secret' } }))).toMatch(
      /^It redirects to another page of the same server,/,
    );
  });
});
