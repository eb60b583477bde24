/** The options of a select field, as people write them. */
import { CUSTOM_REGION } from '../../export/settings.js';
import { parentsOf } from '../../indicator/domain.js';
import { withStraightQuotes } from '../../text/quotes.js';
import { closest } from '../../text/suggest.js';
import type { Field } from '../manifest.js';

type Options = NonNullable<Field['options']>;

/**
 * The value of the option with a name: its value or its label, in any case, with or without a trailing
 * "(default)". A host may also be written as the URL https://host.
 */
export function optionNamed(options: Options, name: string): string | undefined {
  const given = normalize(name);
  return options.find(({ label, value }) => namesOf(label, value).includes(given))?.value;
}

/** The ThreatQ guide prints one label without its last bracket. */
function namesOf(label: string, value: string): string[] {
  const names = [label, label.replace(/\)$/, ''), value];
  if (isHost(value)) names.push(`https://${value}`);
  return names.map(normalize);
}

/** A key in three parts is no host: its last part is longer, and has digits. */
const isHost = (value: string) => /^[\w-]+(?:\.[\w-]+)*\.[a-z]{2,24}$/.test(value);

/** The ThreatQ guide has the word "(default)" after labels of defaults. */
function normalize(name: string): string {
  return withStraightQuotes(name)
    .trim()
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .replace(/ ?\(default\)$/, '')
    .replace(/^(https:\/\/[^/]+)\/$/, '$1');
}

/** The name of the option that was probably meant; undefined if none is close. */
export function optionMeant(options: Options, given: string): string | undefined {
  const labels = options.map(({ label }) => label);
  // Hosts differ by two letters, so a few wrong letters would lead to another region.
  const values = options.flatMap(({ value }) => (isHost(value) ? [] : [value]));
  const synonym = SYNONYMS.get(given.toLowerCase()) ?? '';
  if (labels.includes(synonym)) return synonym;
  return closest(given, labels) ?? closest(given, values) ?? optionOfHost(options, given)?.label;
}

/** Words of other programs for an option. Vision One's API writes −1 for never. */
const SYNONYMS = new Map([
  ['-1', 'Never'],
  ['0', 'Never'],
  ['dry-run', 'Preview'],
  ['detect', 'Log'],
  ['monitor', 'Log'],
  ['usa', 'United States'],
]);

/**
 * The option of the API of a host: `portal.eu.example.com` belongs to `api.eu.example.com`. The API of a
 * host that no option has is a custom one.
 */
function optionOfHost(options: Options, given: string): Options[number] | undefined {
  const host = given
    .toLowerCase()
    .replace(/^\w+:\/\//, '')
    .replace(/[/:?#].*$/s, '');
  if (!isHost(host)) return undefined;
  for (const name of host.startsWith('api.') ? [host] : [host, ...parentsOf(host)]) {
    const option = options.find(({ value }) => value === name || value === `api.${name}`);
    if (option) return option;
  }
  return options.find(({ value }) => value === CUSTOM_REGION);
}
