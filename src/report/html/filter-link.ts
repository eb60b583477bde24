/** Links that filter the table of all items. Without the script they only lead to the table. */
import { attribute, type Content, html, type Markup } from './markup.js';

/** The columns that can be filtered, in the order in which a filter names them. */
const COLUMNS = ['outcome', 'change', 'type', 'reason'] as const;

/**
 * What an item must have to be shown: `outcome` is that of `displayedOutcome`, `change` that of `changeOf`,
 * `type` and `reason` are exactly those of the item.
 */
export type Filter = Partial<Record<(typeof COLUMNS)[number], string>>;

/**
 * A link to the table, which the script of the page makes a filter of the table.
 * @param filter a type or reason with unpaired surrogates cannot be written in it: then there is no link
 * @param name a class of the style sheet
 * @returns the content in a link, or the content
 */
export function filterLink(filter: Filter, content: Content, name?: string): Markup {
  const wanted = new URLSearchParams();
  for (const column of COLUMNS) {
    const value = filter[column];
    if (value?.isWellFormed() === false) return html`${content}`;
    if (value !== undefined) wanted.append(column, value);
  }
  const style = name !== undefined && attribute('class', name);
  return html`<a${style} href="#all" data-filter="${wanted.toString()}">${content}</a>`;
}
