/** The Markdown tables of the benchmark. */

export function markdownTable(head: string[], rows: string[][]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** @throws if there are no numbers */
export function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('there is nothing to take the median of');
  return middle;
}

export const ms = (value: number) => `${Math.round(value).toLocaleString('en')} ms`;
export const mb = (value: number) => `${Math.round(value)} MB`;
export const times = (ratio: number) => `${ratio.toFixed(2)} ×`;

/** @throws if the text has no place for a table */
export function withMeasuredTables(text: string, tables: Record<string, string>): string {
  const written = new Set<string>();
  const changed = text.replace(MEASURED_TABLE, (_, begin: string, name: string, end: string) => {
    written.add(name);
    return `${begin}\n${tables[name]}\n${end}`;
  });
  const missing = Object.keys(tables).filter((name) => !written.has(name));
  if (missing.length > 0) throw new Error(`no place for the tables ${missing.join(', ')}`);
  return changed;
}

/** A measured table with its markers. */
export const MEASURED_TABLE = /(<!-- measured: ([a-z-]+) -->)\n[\s\S]*?(<!-- \/measured -->)/g;
