/** Tokens of any length. One that no server accepts ends the run before another request. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { exportTruthfully } from '../support/export-truthfully.js';
import { type Sandbox, startSandbox } from '../support/in-process.js';
import { madeRows } from '../support/rows.js';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
});
afterEach(() => sandbox[Symbol.asyncDispose]());

const most = 16_384;
const tokens = () => sandbox.threatq.requests.filter(({ path }) => path === '/api/token');

it.each([
  ['an access token of 16,385', { access_token: 't'.repeat(most + 1) }],
  ['an access token of 32,768', { access_token: 't'.repeat(2 * most) }],
  ['a refresh token of 16,385', { access_token: 'token-1', refresh_token: 'r'.repeat(most + 1) }],
])('%s characters is an unreadable answer', async (_, body) => {
  sandbox.threatq.script('/api/token', { status: 200, body: { expires_in: 3600, ...body } });
  const { status, error } = await exportTruthfully(sandbox, madeRows(3));
  expect(status).toBe('Failed to Complete');
  expect(error?.code).toBe('threatq_unreadable');
  expect(error?.message).toContain('the answer has a token of more than 16384 characters');
  expect(error?.message).not.toMatch(/tttt|rrrr/);
  expect(sandbox.threatq.requests).toHaveLength(1);
  expect(sandbox.visionOne.requests.filter(({ method }) => method === 'POST')).toEqual([]);
});

it('a refresh token of 16,384 characters is accepted', async () => {
  const access_token = 'a-token-that-is-known';
  const body = { access_token, refresh_token: 'r'.repeat(most), expires_in: 3600 };
  sandbox.threatq.script('/api/token', { status: 200, body });
  sandbox.threatq.faults = ({ headers }) =>
    headers.authorization === `Bearer ${access_token}`
      ? { status: 200, body: { total: 0, data: [] } }
      : undefined;
  expect((await exportTruthfully(sandbox, madeRows(3))).status).toBe('Completed');
  expect(tokens()).toHaveLength(1);
});
