/** Charts: lists of horizontal bars, each with a table of its numbers. */
import { formatCount } from '../../text/format.js';
import { type Filter, filterLink } from './filter-link.js';
import { html, joinLines, type Markup, svg } from './markup.js';

/** A part of a bar. */
interface Segment {
  /** For the legend and the table. */
  name: string;
  /** A class of the style sheet. */
  style: string;
  value: number;
}

export interface Bar {
  label: string;
  /** The text at the right of the label; by default the sum of the segments. */
  note?: string;
  segments: Segment[];
  /** What the link of the bar shows in the table; no link without it. */
  filter?: Filter | undefined;
}

/** Widths and positions are percentages, so that the drawing fits any width without a script. */
export function percent(part: number, whole: number): string {
  const share = whole > 0 ? (100 * part) / whole : 0;
  return `${Number(Math.min(100, Math.max(0, share)).toFixed(3))}%`;
}

const sumOf = (segments: Segment[]) => segments.reduce((sum, { value }) => sum + value, 0);

/** `1,000 accepted, 3 rejected` */
function partsOf({ segments }: Bar): string {
  const parts = segments.filter(({ value }) => value > 0);
  return parts.map(({ name, value }) => `${formatCount(value)} ${name.toLowerCase()}`).join(', ');
}

function drawBar(bar: Bar, whole: number): Markup {
  const { label, note, segments, filter } = bar;
  let from = 0;
  const rects = segments.map(({ name, style, value }) => {
    const x = percent(from, whole);
    from += value;
    if (value <= 0) return undefined;
    return svg`<rect class="${style}" x="${x}" width="${percent(value, whole)}" height="12"><title>${name}: ${formatCount(value)}</title></rect>`;
  });
  const count = note ?? formatCount(sumOf(segments));
  // The drawing is hidden from screen readers, so that it can be in a link.
  const content = html`<span class="name">${label}</span> <span class="end">${count}</span><span class="hidden"> (${partsOf(bar)})</span><svg aria-hidden="true" width="100%" height="12"><rect class="track" width="100%" height="12" rx="2"/>${rects}</svg>`;
  return html`<li>${filter ? filterLink(filter, content) : content}</li>`;
}

interface Figure {
  title: string;
  drawing: Markup;
  legend: { name: string; style: string }[];
  table: { head: string[]; rows: string[][] };
  note?: string | undefined;
}

/** A drawing with its title, a legend and a table of the same numbers. */
export function figure({ title, drawing, legend, table, note }: Figure): Markup {
  const keys = legend.map(({ name, style }) => html`<li class="${style}">${name}</li>`);
  const head = table.head.map((cell) => html`<th scope="col">${cell}</th>`);
  const rows = table.rows.map(
    ([first, ...cells]) =>
      html`<tr><th scope="row">${first}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`,
  );
  return html`<figure>
<figcaption><h3>${title}</h3></figcaption>
${keys.length > 0 && html`<ul class="legend">${keys}</ul>`}
${drawing}
${note && html`<p class="note">${note}</p>`}
<details><summary>The same as a table<span class="hidden">: ${title}</span></summary>
<div class="scroll" tabindex="0" role="region" aria-label="${title}, as a table"><table class="data"><thead><tr>${head}</tr></thead><tbody>${joinLines(rows)}</tbody></table></div></details>
</figure>`;
}

interface BarFigure {
  title: string;
  /** The header of the table's first column. */
  firstColumn: string;
  /** At least one. */
  bars: Bar[];
  /** The value of a full bar; by default that of the longest bar. */
  whole?: number;
  hasLegend?: boolean;
}

export function barFigure({
  title,
  firstColumn,
  bars,
  whole,
  hasLegend = true,
}: BarFigure): Markup {
  const full = whole ?? Math.max(...bars.map(({ segments }) => sumOf(segments)));
  const styles = new Map<string, string>();
  for (const { segments } of bars) {
    for (const { name, style, value } of segments) if (value > 0) styles.set(name, style);
  }
  const names = [...styles.keys()];
  const valueIn = ({ segments }: Bar, name: string) =>
    segments.find((segment) => segment.name === name)?.value ?? 0;
  return figure({
    title,
    drawing: html`<ul class="bars">\n${joinLines(bars.map((bar) => drawBar(bar, full)))}\n</ul>`,
    legend: hasLegend ? [...styles].map(([name, style]) => ({ name, style })) : [],
    table: {
      head: [firstColumn, ...names],
      rows: bars.map((bar) => [bar.label, ...names.map((name) => formatCount(valueIn(bar, name)))]),
    },
  });
}
