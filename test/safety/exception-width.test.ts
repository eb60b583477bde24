/** Which wildcard exceptions cover the names of many owners. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sharedByException } from '../../src/safety/exception-width.js';
import type { SharedName } from '../../src/safety/shared-names.js';
import type { VisionOneObject } from '../../src/vision-one/payload.js';

describe('a wildcard exception', () => {
  it.each<[VisionOneObject, SharedName, string]>([
    [{ domain: '*.com' }, 'icann_suffix', 'com'],
    [{ domain: '*.co.uk' }, 'icann_suffix', 'co.uk'],
    [{ domain: '*.CO.UK.' }, 'icann_suffix', 'co.uk'],
    [{ domain: '*.ck' }, 'icann_suffix', 'ck'],
    [{ domain: '*.公司.cn' }, 'icann_suffix', 'xn--55qx5d.cn'],
    [{ domain: '*.xn--p1ai' }, 'icann_suffix', 'xn--p1ai'],
    [{ url: 'https://*.com/*' }, 'icann_suffix', 'com'],
    [{ url: 'http://*.co.uk:8080/x' }, 'icann_suffix', 'co.uk'],
    [{ domain: '*.cloudfront.net' }, 'private_suffix', 'cloudfront.net'],
    [{ url: 'https://*.github.io/*' }, 'private_suffix', 'github.io'],
    [{ domain: '*.amazonaws.com' }, 'suffix_parent', 'amazonaws.com'],
    [{ url: 'https://*.windows.net/*' }, 'suffix_parent', 'windows.net'],
    [{ domain: '*.azure.com' }, 'suffix_parent', 'azure.com'],
  ])('%j covers the names of many owners: %s %s', (object, kind, name) => {
    expect(sharedByException(object)).toEqual({ kind, name });
  });

  it.each<VisionOneObject>([
    { domain: '*.example.com' },
    { domain: '*.example.co.uk' },
    { domain: 'co.uk' },
    { domain: 'cloudfront.net' },
    { domain: '*.d111111abcdef8.cloudfront.net' },
    // A company's own names, which the Public Suffix List does not have.
    { domain: '*.corp' },
    { url: 'https://*.example.com/*' },
    { url: 'https://github.io/*' },
    { url: 'https://example.com/*.com' },
    { url: 'https://example.com/?u=http://*.com/' },
    { ip: '45.1.2.3' },
    { senderMailAddress: '*.com@example.com' },
    { fileSha1: 'ab'.repeat(20) },
  ])('%j covers the names of one owner', (object) => {
    expect(sharedByException(object)).toBeUndefined();
  });

  it('for any label and suffix, only the wildcard directly below the suffix is too wide', () => {
    const label = fc.stringMatching(/^[a-z]{5,12}$/).map((text) => `own-${text}`);
    const suffix = fc.constantFrom('com', 'co.uk', 'github.io', 'cloudfront.net');
    fc.assert(
      fc.property(label, suffix, (own, name) => {
        expect(sharedByException({ domain: `*.${name}` })?.name).toBe(name);
        expect(sharedByException({ domain: `*.${own}.${name}` })).toBeUndefined();
      }),
    );
  });
});
