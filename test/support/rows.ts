/** Generated indicators, the same for each index. Their names are not registered. */
import { createHash } from 'node:crypto';

export interface MadeRow {
  id: number;
  value: string;
  type: { id: number; name: string };
  status: { id: number; name: string };
  score: number;
  updated_at: string;
}

/** Of four indicators one is a domain, one a URL, one a SHA-256 and one an address. */
export function madeRow(index: number, urlLength = 60): MadeRow {
  const host = `c2-${index}.bad-actor-${index % 97}.com`;
  const url = `https://${host}/`;
  const kinds = [
    ['FQDN', () => host],
    ['URL', () => url + 'x'.repeat(Math.max(0, urlLength - url.length))],
    ['SHA-256', () => createHash('sha256').update(host).digest('hex')],
    ['IP Address', () => `45.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`],
  ] as const;
  const kind = index % kinds.length;
  const [name, value] = kinds[kind] ?? kinds[0];
  return {
    id: index + 1,
    value: value(),
    type: { id: kind + 1, name },
    status: { id: 1, name: 'Active' },
    score: index % 11,
    updated_at: new Date(Date.UTC(2026, 0, 1) + index * 1000)
      .toISOString()
      .slice(0, 19)
      .replace('T', ' '),
  };
}

export function madeRows(length: number, urlLength?: number): MadeRow[] {
  return Array.from({ length }, (_, index) => madeRow(index, urlLength));
}

/** A collection that costs no memory, however large. */
export function lazyRows(length: number, urlLength?: number) {
  const at = (index: number) =>
    index >= 0 && index < length ? madeRow(index, urlLength) : undefined;
  return { length, at };
}

/** Indicators by type and value, numbered from 1, with whatever else a story needs of them. */
export function rowsOf(...rows: [type: string, value: string, more?: object][]) {
  return rows.map(([type, value, more], index) => ({
    ...madeRow(index),
    score: 5,
    type: { id: 0, name: type },
    value,
    ...more,
  }));
}
