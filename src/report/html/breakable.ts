import { html, type Markup } from './markup.js';

const HASH = /^(?:[0-9a-f]{16}){2,}$|^[0-9a-f]{40}$/i;

/**
 * A hash that only breaks into parts of equal length: a single digit on a line is easily overlooked.
 * Any other text is returned unchanged.
 */
export function breakable(text: string): Markup | string {
  if (!HASH.test(text)) return text;
  const parts = text.match(text.length === 40 ? /.{20}/g : /.{16}/g) ?? [];
  return html`${parts.map((part, index) => (index > 0 ? html`<wbr>${part}` : part))}`;
}
