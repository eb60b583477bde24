/** Draws the user fields of an action as an HTML form, for the picture in the README. */
import { escape as escapeHtml } from 'html-escaper';
import type { Field } from '../../src/cli/manifest.js';
import { firstSentence } from './tables.js';

const STYLE = `body { margin: 0; padding: 20px 24px; background: #fff; color: #1d2329; font: 14px/1.4 sans-serif }
h1 { font-size: 18px; margin: 0 0 2px } .note { color: #5b6570; margin: 0 0 16px }
form { display: grid; grid-template-columns: 1fr 1fr; gap: 14px 28px }
label { display: block; font-weight: 600; margin: 0 0 3px } i { color: #b3261e; font-style: normal }
select, input:not([type=checkbox]) { box-sizing: border-box; width: 100%; height: 32px; padding: 0 8px;
  border: 1px solid #9aa4ae; border-radius: 4px; background: #fff; color: inherit; font: inherit }
input[type=checkbox] { width: 16px; height: 16px; margin: 0 8px 0 0; vertical-align: -2px }
small { display: block; color: #5b6570; font-size: 12px; margin: 3px 0 0 }`;

/** A page of 1,000 pixels in width. It says that it is not ThreatQ's own page. */
export function fieldForm(action: string, fields: Field[]): string {
  return `<!doctype html><meta charset="utf-8"><style>${STYLE}</style><h1>${escapeHtml(action)}</h1>
<p class="note">A drawing of the fields in manifest.yaml with their defaults. It is not ThreatQ's own page.</p>
<form>${fields.map(drawnField).join('')}</form>`;
}

function drawnField(field: Field): string {
  const { label, required, type, description } = field;
  const name = `${escapeHtml(label)}${required ? ' <i>*</i>' : ''}`;
  const control = controlOf(field);
  const labelled =
    type === 'boolean' ? `<label>${control}${name}</label>` : `<label>${name}</label>${control}`;
  return `<div>${labelled}<small>${escapeHtml(firstSentence(description))}</small></div>`;
}

function controlOf({ type, options = [], default: byDefault, mask }: Field): string {
  switch (type) {
    case 'select': {
      const chosen = options.find(({ value }) => value === byDefault)?.label ?? 'Choose a value';
      return `<select><option>${escapeHtml(chosen)}</option></select>`;
    }
    case 'boolean':
      return `<input type="checkbox"${byDefault ? ' checked' : ''}>`;
    default:
      return `<input type="${mask ? 'password' : 'text'}" value="${escapeHtml(String(byDefault ?? ''))}">`;
  }
}
