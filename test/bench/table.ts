/** A row of the printed table: what was measured, the reference, and the target. */
export interface Row {
  what: string;
  measured: string;
  reference: string;
  ratio: string;
  target?: string;
}

export function markdownOf(rows: Row[]): string {
  const cells = rows.map(({ what, measured, reference, ratio, target }) => [
    what,
    measured,
    reference,
    ratio,
    target ?? '',
  ]);
  const head = [
    ['', 'measured', 'reference', 'ratio', 'target'],
    ['---', '---', '---', '---', '---'],
  ];
  return [...head, ...cells].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

export function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export const ms = (value: number) => `${Math.round(value).toLocaleString('en')} ms`;
export const times = (ratio: number) => `${ratio.toFixed(2)} ×`;
