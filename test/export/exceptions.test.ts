/** Warnings about objects of the Suspicious Object List that an exception unblocks. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SeedObject } from '../sandbox/vision-one.js';
import { paths } from '../sandbox/vision-one.js';
import { type ExportOptions, exportTruthfully } from '../support/export-truthfully.js';
import { type Sandbox, startSandbox } from '../support/in-process.js';
import { rowsOf } from '../support/rows.js';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
});
afterEach(() => sandbox[Symbol.asyncDispose]());

type Made = [type: string, value: string];

/** Exports rows to the Exception List. */
const exportExceptions = (rows: Made[], options?: ExportOptions) =>
  exportTruthfully(sandbox, rowsOf(...rows), { list: 'exceptions', ...options });

describe('a warning', () => {
  it.each<[string, Made, SeedObject]>([
    ['the same domain', ['FQDN', 'good.com'], { type: 'domain', value: 'GOOD.com' }],
    [
      'a subdomain of a wildcard',
      ['FQDN', '*.good.com'],
      { type: 'domain', value: 'A.b.Good.com' },
    ],
    ['a URL of the domain', ['FQDN', 'good.com'], { type: 'url', value: 'http://good.com/x' }],
    [
      'a URL in a subdomain of a wildcard',
      ['FQDN', '*.good.com'],
      { type: 'url', value: 'https://a.good.com/x' },
    ],
    ['a URL without a scheme', ['FQDN', 'good.com'], { type: 'url', value: 'good.com:8080/x' }],
    ['the same URL', ['URL', 'http://good.com/x'], { type: 'url', value: 'http://good.com/X' }],
    [
      'a URL that a wildcard matches',
      ['URL', 'https://*.good.com/path/*'],
      { type: 'url', value: 'https://a.good.com/path/x' },
    ],
    ['the same address', ['IP Address', '45.1.2.3'], { type: 'ip', value: '45.1.2.3' }],
    [
      'a URL of the address',
      ['IP Address', '45.1.2.3'],
      { type: 'url', value: 'http://45.1.2.3/' },
    ],
    [
      'the same address in another spelling',
      ['IPv6 Address', '2a00::1'],
      { type: 'ip', value: '2A00:0::1' },
    ],
    [
      'the same sender',
      ['Email Address', 'a@good.com'],
      { type: 'senderMailAddress', value: 'A@good.com' },
    ],
    ['the same file', ['SHA-256', 'ab'.repeat(32)], { type: 'fileSha256', value: 'AB'.repeat(32) }],
  ])('the exception action warns that its exception unblocks %s', async (_, row, seed) => {
    sandbox.visionOne.seed('suspicious', [{ ...seed, scanAction: 'block' }]);
    const { status, counts, warnings } = await exportExceptions([row]);
    expect(status).toBe('Completed');
    expect(counts.accepted).toBe(1);
    expect(warnings).toEqual([
      {
        code: 'unblocks',
        value: seed.value,
        message: `${seed.value} is on the Suspicious Object List, with the scan action block; the exception ${row[1]} takes precedence over it`,
      },
    ]);
  });

  it.each<[string, Made, SeedObject]>([
    [
      'a subdomain of a domain without a wildcard',
      ['FQDN', 'good.com'],
      { type: 'domain', value: 'a.good.com' },
    ],
    ['the domain of a wildcard', ['FQDN', '*.good.com'], { type: 'domain', value: 'good.com' }],
    [
      'a domain that only has the same ending',
      ['FQDN', '*.good.com'],
      { type: 'domain', value: 'xgood.com' },
    ],
    ['another address', ['IP Address', '45.1.2.3'], { type: 'ip', value: '45.1.2.30' }],
    [
      'a value that is not an address',
      ['IP Address', '45.1.2.3'],
      { type: 'ip', value: 'fe80::1%eth0' },
    ],
    ['a value that is not a URL', ['FQDN', 'good.com'], { type: 'url', value: 'mailto:' }],
    // It is not documented whether the exception of a domain unblocks senders in that domain.
    [
      'a sender in the domain',
      ['FQDN', 'good.com'],
      { type: 'senderMailAddress', value: 'a@good.com' },
    ],
    [
      'a sender in a subdomain of a wildcard',
      ['FQDN', '*.good.com'],
      { type: 'senderMailAddress', value: 'a@b.good.com' },
    ],
    ['another file', ['SHA-1', 'ab'.repeat(20)], { type: 'fileSha1', value: 'cd'.repeat(20) }],
  ])('the exception action does not warn about %s', async (_, row, seed) => {
    sandbox.visionOne.seed('suspicious', [seed]);
    const { status, warnings } = await exportExceptions([row]);
    expect(status).toBe('Completed');
    expect(warnings).toEqual([]);
  });

  it('a preview warns of suspicious objects that an exception would unblock', async () => {
    sandbox.visionOne.seed('suspicious', [{ type: 'domain', value: 'good.com' }]);
    const { warnings } = await exportExceptions([['FQDN', 'good.com']], { mode: 'preview' });
    expect(warnings).toMatchObject([{ code: 'unblocks', value: 'good.com' }]);
    expect(sandbox.visionOne.exceptions.size).toBe(0);
  });

  it('a manual run warns of suspicious objects that an exception unblocks', async () => {
    sandbox.visionOne.seed('suspicious', [{ type: 'domain', value: 'good.com' }]);
    const { warnings } = await exportTruthfully(sandbox, undefined, {
      list: 'exceptions',
      objects: rowsOf(['FQDN', 'good.com']),
    });
    expect(warnings).toMatchObject([{ code: 'unblocks' }]);
  });

  it('there is no warning about an object that an exception already unblocks according to Vision One', async () => {
    sandbox.visionOne.seed('suspicious', [{ type: 'domain', value: 'a.good.com' }]);
    sandbox.visionOne.seed('exceptions', [{ type: 'domain', value: 'a.good.com' }]);
    // Only the data of Vision One show that an exception covers the object already.
    const objects = rowsOf(['FQDN', 'a.good.com'], ['FQDN', '*.good.com']);
    const { warnings } = await exportTruthfully(sandbox, undefined, {
      list: 'exceptions',
      objects,
    });
    expect(warnings).toEqual([]);
  });

  it('exceptions are sent even if the Suspicious Object List cannot be read for the warnings', async () => {
    sandbox.visionOne.faults = ({ method, path }) =>
      method === 'GET' && path === paths.suspicious ? { status: 200, body: {} } : undefined;
    const { status, counts, warnings } = await exportExceptions([['FQDN', 'good.com']]);
    expect({ status, accepted: counts.accepted }).toEqual({ status: 'Completed', accepted: 1 });
    expect(warnings).toMatchObject([{ code: 'lists_unread' }]);
  });

  it('a listed address with a zone causes no error', async () => {
    const value = '::ffff:1.2.3.4%eth0';
    sandbox.visionOne.seed('suspicious', [{ type: 'ip', value }]);
    const { status, warnings } = await exportExceptions([['IP Address', '1.2.3.4']]);
    expect({ status, warnings }).toEqual({ status: 'Completed', warnings: [] });
  });

  it('there is no warning about an object that is an exception already', async () => {
    sandbox.visionOne.seed('suspicious', [{ type: 'domain', value: 'good.com' }]);
    await exportExceptions([['FQDN', 'good.com']]);
    const { counts, warnings } = await exportExceptions([['FQDN', 'good.com']]);
    expect(counts.by_reason).toEqual({ already_listed: 1 });
    expect(warnings).toEqual([]);
  });

  it('there is no warning about senders in a domain, even if the list of senders was read', async () => {
    sandbox.visionOne.seed('suspicious', [
      { type: 'senderMailAddress', value: 'a@good.com' },
      { type: 'senderMailAddress', value: 'b@c.good.com' },
    ]);
    const { warnings } = await exportExceptions([
      ['FQDN', 'good.com'],
      ['FQDN', '*.good.com'],
      ['Email Address', 'x@other.com'],
    ]);
    expect(warnings).toEqual([]);
  });

  it('a warning names each object that a wildcard unblocks', async () => {
    sandbox.visionOne.seed('suspicious', [
      ...Array.from({ length: 250 }, (_, n): SeedObject => {
        return { type: 'domain', value: `c2-${n}.good.com` };
      }),
      { type: 'domain', value: 'elsewhere.com' },
    ]);
    const { warnings } = await exportExceptions([['FQDN', '*.good.com']]);
    expect(warnings).toHaveLength(250);
  });
});

describe('a wildcard exception that covers the names of many owners', () => {
  it.each<Made>([
    ['FQDN', '*.com'],
    ['FQDN', '*.co.uk'],
    ['URL', 'https://*.com/*'],
    ['URL', '*.co.uk/*'],
  ])('%s %s is skipped: it would end the protection below a public suffix', async (...row) => {
    const { status, counts, warnings } = await exportExceptions([row, ['FQDN', 'good.com']]);
    expect({ status, warnings }).toEqual({ status: 'Completed', warnings: [] });
    expect(counts.accepted).toBe(1);
    expect(Object.keys(counts.by_reason)).toEqual(['public_suffix']);
    expect([...sandbox.visionOne.exceptions.values()].map(({ value }) => value)).toEqual([
      'good.com',
    ]);
  });

  it('one for the customers of a company is sent with a warning, once', async () => {
    const rows: Made[] = [
      ['FQDN', '*.cloudfront.net'],
      ['FQDN', '*.amazonaws.com'],
      ['URL', '*.github.io/*'],
      ['FQDN', '*.good.com'],
    ];
    const planned = await exportExceptions(rows, { mode: 'preview' });
    const { status, counts, warnings } = await exportExceptions(rows);
    expect({ status, accepted: counts.accepted }).toEqual({ status: 'Completed', accepted: 5 });
    expect(warnings).toEqual([
      {
        code: 'exception_too_wide',
        message:
          '4 exceptions cover names of many owners: *.cloudfront.net, *.amazonaws.com, http://*.github.io/*, and 1 more',
        count: 4,
      },
    ]);
    expect(planned.warnings).toEqual(warnings);
    expect((await exportExceptions(rows)).warnings).toEqual([]);
  });
});

it('the exception action reads only the types of the Suspicious Object List that exceptions can unblock', async () => {
  await exportExceptions([['SHA-1', 'ab'.repeat(20)]]);
  const types = () =>
    sandbox.visionOne.requests
      .filter(({ method, path }) => method === 'GET' && path === paths.suspicious)
      .map(({ headers }) => headers['tmv1-filter']);
  expect(types()).toEqual([`type eq 'fileSha1'`]);
});

it('no exception is added if Vision One was given up while the list was read', async () => {
  sandbox.visionOne.faults = ({ method, path }) =>
    method === 'GET' && path === paths.suspicious ? { status: 500 } : undefined;
  const { status, counts } = await exportExceptions([['FQDN', 'good.com']]);
  expect(status).toBe('Incomplete');
  expect(counts).toMatchObject({ accepted: 0, unsent: 1 });
  expect(sandbox.visionOne.exceptions.size).toBe(0);
});
