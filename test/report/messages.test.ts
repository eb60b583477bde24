import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { itemMessage, warningMessage } from '../../src/report/messages.js';
import type { Item, Warning } from '../../src/result/result.js';
import { defang } from '../../src/text/defang.js';

const skipped = (value: string, message: string, more: Partial<Item> = {}): Item =>
  ({
    outcome: 'skipped',
    id: 1,
    type: 'URL',
    value,
    score: null,
    reason: 'excluded',
    message,
    ...more,
  }) as Item;

const unsent = (value: string, message: string) =>
  skipped(value, message, { outcome: 'unsent', reason: 'service_unavailable' } as Partial<Item>);

const warned = (code: string, message: string, value?: string) =>
  warningMessage({ code, message, ...(value !== undefined && { value }) } as Warning);

/** Values that a program could turn into a link. */
const address = fc
  .oneof(
    fc.webUrl({ withQueryParameters: true, withFragments: true }),
    fc.domain(),
    fc.emailAddress(),
    fc.ipV4(),
    fc.constantFrom(
      'javascript:alert(1)',
      'http://localhost/x',
      'evil。example',
      'mailto:a@localhost',
    ),
  )
  .filter((value) => defang(value) !== value);

describe('the message of an item', () => {
  it.each([
    'the list own.txt has it, from https://threatq.example.com',
    'the text has a port, or its scheme is not http://, https:// or ftp://',
    '10.0.0.0/8 is private (see the list list.zip)',
  ])('the words of this program are not de-fanged: %s', (message) => {
    expect(itemMessage(skipped('https://evil.example/x', message))).toBe(message);
  });

  it('an address in the message never occurs live, with any punctuation around it and in any case', () => {
    const around = fc.constantFrom(
      ['', ''],
      ['"', '",'],
      ['(', ')'],
      ['*.', '/*'],
      ['https://', '…'],
    );
    fc.assert(
      fc.property(
        address,
        around,
        fc.boolean(),
        fc.string(),
        (value, [before, after], up, text) => {
          const quoted = up ? value.toUpperCase() : value;
          const message = `${text} it is ${before}${quoted}${after} and own.txt`;
          for (const make of [skipped, unsent]) {
            expect(itemMessage(make(value, message))).not.toContain(quoted);
          }
          const sent = skipped('x', message, { object: { url: value } } as Partial<Item>);
          expect(itemMessage(sent)).not.toContain(quoted);
        },
      ),
    );
  });

  it('a name in the value, a name above or below it and the beginning of the value are de-fanged', () => {
    const shown = (message: string) =>
      itemMessage(skipped('hxxp://a.evil[.]example/path', message));
    expect(shown('a.evil.example is a suffix')).toBe('a[.]evil[.]example is a suffix');
    expect(shown('the exception *.evil.example covers it')).toBe(
      'the exception *[.]evil[.]example covers it',
    );
    expect(shown('www.a.evil.example and http://a.evil.exam…')).toBe(
      'www[.]a[.]evil[.]example and hxxp://a[.]evil[.]exam…',
    );
  });

  it('a message of Vision One about a rejected object is de-fanged as a whole', () => {
    const rejected = skipped('x', 'see http://other.example', {
      outcome: 'rejected',
    } as Partial<Item>);
    expect(itemMessage(rejected)).toBe('see hxxp://other[.]example');
  });

  it('an answer in the message of an unsent object is de-fanged, and the addresses of services are not', () => {
    const request = 'POST https://api.eu.xdr.trendmicro.com/v3.0/threatintel/suspiciousObjects';
    expect(itemMessage(unsent('x', `${request}: HTTP 500 (bad value evil.example)`))).toBe(
      `${request}: HTTP 500 (bad value evil[.]example)`,
    );
    const advice =
      'GET https://tq.example.com/api/token: no connection, through the proxy proxy.corp:3128. If tq.example.com needs none, add tq.example.com to NO_PROXY.';
    expect(itemMessage(unsent('x', advice))).toBe(advice);
    expect(itemMessage(unsent('tq.example.com', advice))).not.toContain('tq.example.com');
  });

  it('an item without a message has none', () => {
    const accepted = { outcome: 'accepted', change: 'add', id: 1, type: 'URL', value: 'x' };
    expect(itemMessage(accepted as Item)).toBeUndefined();
  });
});

describe('the message of a warning', () => {
  it('names of objects are de-fanged, and names of files are not', () => {
    expect(warned('removal_refused', '30 objects (a.example, …)')).toBe(
      '30 objects (a[.]example, …)',
    );
    expect(warned('exclusion_entries', 'entry 2 of the list own.txt has no domain')).toBe(
      'entry 2 of the list own.txt has no domain',
    );
  });

  it('a list that could not be read is named with the address of the service', () => {
    const message =
      'the lists could not be read: GET https://api.eu.xdr.trendmicro.com/v3.0/x: HTTP 403 (see help.example)';
    expect(warned('lists_unread', message)).toBe(message.replace('help.example', 'help[.]example'));
  });
});
