/** How `--check` describes the first page of a data collection. */
import { expect, it } from 'vitest';
import { describeSample, type Sample } from '../../src/export/describe-sample.js';
import { readRow } from '../../src/threatq/row-parser.js';

const indicators = (counts: Record<string, number>) =>
  Object.entries(counts).flatMap(([type, count]) =>
    Array.from({ length: count }, () => readRow({ type: { name: type } })),
  );
const NOTHING = 'Nothing would be exported';
const EMPTY_ADVICE =
  'check in ThreatQ that this is the right data collection, and that the user of this API client sees its indicators';

const CASES: [string, Partial<Sample>, string][] = [
  [
    'supported types only',
    { total: 3, indicators: indicators({ FQDN: 1, URL: 2 }) },
    'C2 has 3 indicators; of the first 3, 3 have a type that can be exported: 2 URL, 1 FQDN',
  ],
  [
    'both kinds of types, of a larger collection',
    { total: 4_090, indicators: indicators({ FQDN: 1, CVE: 3, MD5: 40 }) },
    'C2 has 4,090 indicators; of the first 44, 1 has a type that can be exported: 1 FQDN; not supported by Vision One, and skipped: 40 MD5, 3 CVE',
  ],
  [
    'unsupported types, which are all of the collection',
    { total: 2, indicators: indicators({ MD5: 1, '': 1 }) },
    `C2 has 2 indicators; of the first 2, none has a type that can be exported; not supported by Vision One, and skipped: 1 MD5, 1 without a type. ${NOTHING}: check that this is the right data collection`,
  ],
  [
    'unsupported types in the first page of a larger collection',
    { total: 2_000, indicators: indicators({ MD5: 1_000 }) },
    'C2 has 2,000 indicators; of the first 1,000, none has a type that can be exported; not supported by Vision One, and skipped: 1,000 MD5. The other indicators were not read: check that this is the right data collection',
  ],
  [
    'nothing, which removes everything',
    { total: 0, indicators: [], removes: true },
    `C2 has 0 indicators. ${NOTHING}, and what this action added before may be removed: ${EMPTY_ADVICE}`,
  ],
  ['nothing', { total: 0, indicators: [] }, `C2 has 0 indicators. ${NOTHING}: ${EMPTY_ADVICE}`],
  [
    'nothing, although ThreatQ gives a size',
    { total: 1, indicators: [], removes: true },
    `C2 has 1 indicator, but ThreatQ returned none. ${NOTHING} or removed: ${EMPTY_ADVICE}`,
  ],
  [
    'no size',
    { total: null, indicators: indicators({ URL: 1 }) },
    'C2 has an unknown number of indicators; of the first 1, 1 has a type that can be exported: 1 URL',
  ],
  [
    'a type in another case, which is another type',
    { total: 1, indicators: indicators({ url: 1 }) },
    `C2 has 1 indicator; of the first 1, none has a type that can be exported; not supported by Vision One, and skipped: 1 url. ${NOTHING}: check that this is the right data collection`,
  ],
];

it.each(CASES)('a page with %s', (_, sample, text) => {
  expect(describeSample({ name: 'C2', total: 0, indicators: [], removes: false, ...sample })).toBe(
    text,
  );
});

it('the number of types, and the length of all names, are limited', () => {
  const types = Array.from({ length: 1_000 }, (_, n) => [`${n}${'x'.repeat(1_000)}`, 1] as const);
  const text = describeSample({
    name: 'n'.repeat(10_000),
    total: 1_000,
    indicators: indicators(Object.fromEntries(types)),
    removes: true,
  });
  expect(text).toContain('992 of 992 other types');
  expect(text.length).toBeLessThan(1_000);
});
