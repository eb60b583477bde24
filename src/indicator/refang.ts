/**
 * Undoes de-fanging of names and addresses: the changes that people and tools make to an indicator to
 * prevent clicks on it.
 */
import { trimValue } from './characters.js';

/** Brackets, as the inside of a character class. Markdown puts a backslash before a bracket. */
export const OPENING = '[({<【';
export const CLOSING = '\\])}>】';
/** The full stop, and the characters that UTS #46 maps to it. */
export const DOT = '[.\u3002\uff0e\uff61]';

const OPEN = String.raw`(?:\\?[${OPENING}])+`;
const CLOSE = String.raw`(?:\\?[${CLOSING}])+`;
const SPACES = '[ \\t\\u00a0]*';
export const BRACKETS = String.raw`(?:\\?[${OPENING}${CLOSING}])*`;

/** `[.]`, also with spaces. The lookbehind lets a match begin only at the first bracket: its time is linear. */
function inBrackets(symbol: string): RegExp {
  return new RegExp(
    String.raw` ?(?<![${OPENING}\\])${OPEN}${SPACES}(${symbol})${SPACES}${CLOSE} ?`,
    'gi',
  );
}

type Replacement = [defanged: RegExp, plain: string];

export function applyAll(text: string, replacements: readonly Replacement[]): string {
  return replacements.reduce((result, [defanged, plain]) => result.replace(defanged, plain), text);
}

/**
 * A name and an address have no brackets. So brackets around more than the dot (`evil[.com]`), unmatched
 * ones (`evil[.com`), mistyped ones (`evil[.[com`) and escaped dots (`evil\.com`) have one meaning.
 */
const IN_NAMES: readonly Replacement[] = [
  [inBrackets(`dot|${DOT}`), '.'],
  [new RegExp(String.raw`[${OPENING}](${DOT}[\w.-]+)[${CLOSING}]`, 'g'), '$1'],
  [
    new RegExp(String.raw`(?<![${OPENING}${CLOSING}\\])${BRACKETS}\\?(${DOT})${BRACKETS}`, 'g'),
    '$1',
  ],
  [inBrackets('[:/]'), '$1'],
];

/** The local part of a mail address can have braces. */
const IN_LOCAL_PARTS: readonly Replacement[] = [[/[[(<] ?(?:\.|dot) ?[\])>]/gi, '.']];

const AT = inBrackets('@|at');

/** Longer texts are not refanged, to limit the work. A de-fanged name needs far fewer characters. */
const MAX_REFANGED_CHARS = 2_048;
/** Most names and addresses, which are not de-fanged. */
const PLAIN = /^[\w.@:-]*$/;

/** Refangs a name or an address, perhaps with a port. */
export function refangName(text: string): string {
  return PLAIN.test(text) || text.length > MAX_REFANGED_CHARS ? text : applyAll(text, IN_NAMES);
}

/** Refangs the `@` of a text that has none outside brackets. */
export function refangAt(text: string): string {
  if (PLAIN.test(text) || text.length > MAX_REFANGED_CHARS) return text;
  return text.replace(AT, '').includes('@') ? text : text.replace(AT, '@');
}

/** A name or an address without invisible characters at its ends and without de-fanging. */
export function refang(value: string): string {
  return refangName(trimValue(value));
}

/** The same for a mail address. */
export function refangMail(value: string): string {
  const mail = refangAt(trimValue(value));
  const domainStart = mail.lastIndexOf('@') + 1;
  const local = applyAll(mail.slice(0, domainStart), IN_LOCAL_PARTS);
  return local + refangName(mail.slice(domainStart));
}
