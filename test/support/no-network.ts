/** Tests speak to loopback alone: the indicators in them are live malware addresses. */
import nock from 'nock';
import { afterEach, expect } from 'vitest';

nock.disableNetConnect();
nock.enableNetConnect(/^(127\.0\.0\.1|localhost|\[::1\]|::1)(:\d+)?$/);

afterEach(() => {
  const pending = nock.pendingMocks();
  nock.cleanAll();
  expect(pending, 'nock scripts that nothing asked for').toEqual([]);
});
