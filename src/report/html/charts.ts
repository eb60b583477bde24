/** How a picture is drawn: bars in SVG that keep their type size at any width, and the same as a table. */

import { formatCount } from '../../text/format.js';
import { plain, shown } from './markup.js';

/** A stretch of a bar; `style` is a class of the style sheet, `name` what the legend calls it. */
export interface Segment {
  name: string;
  style: string;
  value: number;
}

export interface Bar {
  label: string;
  /** What stands at the right of the label; the sum of the segments where left out. */
  note?: string;
  segments: Segment[];
}

const rowHeight = 42;

/** Widths and positions are percentages, so the drawing needs no script to fit. */
export function percent(part: number, whole: number): string {
  const share = whole > 0 ? (100 * part) / whole : 0;
  return `${Number(Math.min(100, Math.max(0, share)).toFixed(3))}%`;
}

function drawn(bar: Bar, index: number, whole: number): string {
  const top = index * rowHeight;
  const sum = bar.segments.reduce((total, { value }) => total + value, 0);
  let from = 0;
  const rects = bar.segments.map(({ name, style, value }) => {
    const x = percent(from, whole);
    from += value;
    return value > 0
      ? `<rect class="${style}" x="${x}" y="${top + 22}" width="${percent(value, whole)}" height="12"><title>${plain(name)}: ${formatCount(value)}</title></rect>`
      : '';
  });
  return `<text x="0" y="${top + 14}">${plain(bar.label)}</text><text class="end" x="100%" y="${top + 14}">${plain(bar.note ?? formatCount(sum))}</text><rect class="track" x="0" y="${top + 22}" width="100%" height="12" rx="2"/>${rects.join('')}`;
}

/**
 * A figure with its picture, a legend and a table of the same numbers.
 * @param title what the picture shows
 * @param svg the drawing, markup
 * @param height of the drawing in pixels
 * @param summary the picture in words, for those who do not see it
 * @param legend classes and what they stand for
 * @param table the numbers: head and rows of plain text
 * @param wide whether it takes the whole width of the page
 */
export function figure(options: {
  title: string;
  svg: string;
  height: number;
  summary: string;
  legend: { name: string; style: string }[];
  table: { head: string[]; rows: string[][] };
  wide?: boolean;
  note?: string;
}): string {
  const { title, svg, height, summary, legend, table } = options;
  const keys = legend.map(({ name, style }) => `<li class="${style}">${shown(name)}</li>`).join('');
  const head = table.head.map((cell) => `<th scope="col">${shown(cell)}</th>`).join('');
  const rows = table.rows
    .map(
      ([first, ...cells]) =>
        `<tr><th scope="row">${shown(first ?? '')}</th>${cells.map((cell) => `<td>${shown(cell)}</td>`).join('')}</tr>`,
    )
    .join('\n');
  return `<figure${options.wide ? ' class="wide"' : ''}>
<figcaption><h3>${shown(title)}</h3></figcaption>
${keys ? `<ul class="legend">${keys}</ul>` : ''}
<svg role="img" aria-label="${plain(summary)}" width="100%" height="${height}">${svg}</svg>
${options.note ? `<p class="note">${shown(options.note)}</p>` : ''}
<details><summary>The same as a table<span class="hidden">: ${shown(title)}</span></summary>
<div class="scroll" tabindex="0" role="region" aria-label="${plain(title)}, as a table"><table class="data"><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table></div></details>
</figure>`;
}

/**
 * A figure of horizontal bars.
 * @param title what the picture shows
 * @param what the bars are, for the table's first column
 * @param bars in order, at least one
 * @param whole the value of a full bar; the longest bar's where left out
 */
export function barFigure(title: string, what: string, bars: Bar[], whole?: number): string {
  const sums = bars.map(({ segments }) => segments.reduce((sum, { value }) => sum + value, 0));
  const full = whole ?? Math.max(...sums);
  const used = new Map<string, string>();
  for (const { segments } of bars) {
    for (const { name, style, value } of segments) if (value > 0) used.set(name, style);
  }
  const names = [...used.keys()];
  return figure({
    title,
    svg: bars.map((bar, index) => drawn(bar, index, full)).join('\n'),
    height: bars.length * rowHeight - 6,
    summary: `${title}. ${bars
      .map(({ label, segments }) => {
        const parts = segments.filter(({ value }) => value > 0);
        return `${label}: ${parts.map(({ name, value }) => `${formatCount(value)} ${name.toLowerCase()}`).join(', ')}`;
      })
      .join('; ')}.`,
    legend: [...used].map(([name, style]) => ({ name, style })),
    table: {
      head: [what, ...names],
      rows: bars.map(({ label, segments }) => [
        label,
        ...names.map((name) =>
          formatCount(segments.find((part) => part.name === name)?.value ?? 0),
        ),
      ]),
    },
  });
}
