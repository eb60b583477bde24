/** The wording of all advice: the summary, the page and the README show the same text. */
import { describe, expect, it } from 'vitest';
import { ADVICE, adviceFor, WARNING_ADVICE } from '../../src/report/advice.js';

const CODES = ['AccessDenied', 'InternalServerError', 'TooManyRequests', 'http_502', 'BadRequest'];
const ALL: [string, string][] = [
  ...Object.entries(ADVICE),
  ...Object.entries(WARNING_ADVICE).map(([code, text]): [string, string] => [
    `warning ${code}`,
    text,
  ]),
  ...CODES.map((code): [string, string] => [code, adviceFor(code)]),
];

describe('advice', () => {
  it.each(ALL)(
    'the advice for %s continues a line after a colon, in at most 25 words',
    (_, text) => {
      expect(text).toMatch(/^[a-z].*[^.]$/s);
      expect(text).not.toMatch(/\. |\n/);
      expect(text.split(' ').length).toBeLessThanOrEqual(25);
    },
  );

  it('the advice for what needs no action says so first', () => {
    for (const reason of ['duplicate', 'already_listed', 'left_collection', 'status'] as const) {
      expect(ADVICE[reason]).toMatch(/^no action needed/);
    }
  });
});
