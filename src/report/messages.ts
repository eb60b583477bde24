/**
 * Messages for display. Indicators in them are de-fanged. The words of this program are not: the address of
 * a service, the name of a file, or `http://` in a sentence about schemes.
 */
import { refang } from '../indicator/refang.js';
import type { Item, Warning } from '../result/result.js';
import { defang } from '../text/defang.js';
import { sentObject } from './labels.js';

/** Text without white space, which may be an address with punctuation around it. */
const WORD = /\S+/g;
/** `http://` alone, perhaps with punctuation: no address. */
const ONLY_SCHEME = /^[^\p{L}\p{N}]*[a-z]+:\/\/[^\p{L}\p{N}]*$/iu;
/** Names with a dot, IPv4 addresses included. */
const DOTTED_NAME = /[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)+/gu;
/** A request and a proxy, as this program describes them, with the host of their address. */
const OWN_ADDRESS = /\b(?:GET|POST|PUT|DELETE|proxy) (?:https?:\/\/)?([^\s/,;()]+)/g;

/** The warnings in which every address is that of an object. */
const NAMING_OBJECTS: readonly string[] = ['unblocks', 'exception_too_wide', 'removal_refused'];
/** The warnings that name files, and entries of exclusion lists. */
const NAMING_FILES: readonly string[] = ['exclusion_entries', 'file_not_written'];

/** The message of an item for display; undefined if it has none. */
export function itemMessage(item: Item): string | undefined {
  if (!('message' in item) || item.message === undefined) return undefined;
  // Vision One may quote any part of the request.
  if (item.outcome === 'rejected') return defang(item.message);
  const values = [item.value, sentObject(item)?.value ?? ''];
  return item.outcome === 'unsent'
    ? defangAnswer(item.message, values)
    : defangValues(item.message, values);
}

/** The message of a warning for display. */
export function warningMessage({ code, message, value = '' }: Warning): string {
  if (NAMING_OBJECTS.includes(code)) return defang(message);
  return NAMING_FILES.includes(code)
    ? defangValues(message, [value])
    : defangAnswer(message, [value]);
}

/** De-fangs what may be one of the values, or a part of one, in a message of this program. */
function defangValues(message: string, values: readonly string[]): string {
  if (hasNoAddress(message)) return message;
  const isPart = partOf(values);
  return replaceWords(message, (word) => (isPart(word) ? defang(word) : word));
}

/**
 * De-fangs a message that may quote the answer of a service, except the hosts of the request and of the
 * proxy.
 */
function defangAnswer(message: string, values: readonly string[]): string {
  if (hasNoAddress(message)) return message;
  const isPart = partOf(values);
  const own = new Set(Array.from(message.matchAll(OWN_ADDRESS), ([, host = '']) => bareHost(host)));
  return replaceWords(message, (word) =>
    own.has(bareHost(word)) && !isPart(word) ? word : defang(word),
  );
}

/** The host at the beginning of a word, without a scheme, a port, a path and punctuation. */
function bareHost(word: string): string {
  const [host = ''] = word.replace(/^[^\p{L}\p{N}[]*(?:https?:\/\/)?/u, '').split('/');
  return host.replace(/[^\p{L}\p{N}\]]+$/u, '').replace(/:\d+$/, '');
}

/** Whether nothing in a message is to be de-fanged, which is true of most. */
function hasNoAddress(message: string): boolean {
  return defang(message) === message;
}

function replaceWords(message: string, replace: (word: string) => string): string {
  return message.replace(WORD, (word) => (ONLY_SCHEME.test(word) ? word : replace(word)));
}

/** Whether a word of a message quotes one of the values, or a name in one, as it is or truncated. */
function partOf(values: readonly string[]): (word: string) => boolean {
  const forms = values.flatMap((value) => [value, refang(value)]).map(comparable);
  const wholes = forms
    .flatMap((form) => form.match(WORD) ?? [])
    .filter((one) => defang(one) !== one);
  const names = forms.flatMap((form) => form.match(DOTTED_NAME) ?? []);
  return (word) => {
    const text = comparable(word);
    const bare = text.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '');
    const parts = [bare, ...(text.match(DOTTED_NAME) ?? [])].filter((part) => part !== '');
    return (
      [...wholes, ...names].some((one) => text.includes(one)) ||
      parts.some((part) => forms.some((form) => form.includes(part)))
    );
  };
}

/** Text in lower case, with one kind of full stop. */
function comparable(text: string): string {
  return text.toLowerCase().replace(/[\u3002\uff0e\uff61]/g, '.');
}
