/** One line of what is printed: what was measured, against what, and what is aimed at. */
export interface Row {
  what: string;
  measured: string;
  against: string;
  ratio: string;
  aim?: string;
}

export function markdownOf(rows: Row[]): string {
  const cells = rows.map(({ what, measured, against, ratio, aim }) => [
    what,
    measured,
    against,
    ratio,
    aim ?? '',
  ]);
  const head = [
    ['', 'measured', 'against', 'ratio', 'aim'],
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
