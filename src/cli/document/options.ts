/** The options of a select field, as people write them. */
import { CUSTOM_REGION } from '../../export/settings.js';
import { parentsOf } from '../../indicator/domain.js';
import { withStraightApostrophes } from '../../text/quotes.js';
import { closest } from '../../text/suggest.js';
import type { Field } from '../manifest.js';

type Options = NonNullable<Field['options']>;

/**
 * The value of the option with a name: its value or its label, in any case, with or without a trailing
 * "(default)". A host may also be written as the URL https://host.
 */
export function optionNamed(options: Options, name: string): string | undefined {
  const given = normalize(name);
  return options.find((option) => namesOf(option).map(normalize).includes(given))?.value;
}

/**
 * What an option is called: its label, which ThreatQ's guide has once without its last bracket; its value;
 * and the URL of a value that is a host.
 */
export function namesOf({ label, value }: Options[number]): string[] {
  const names = [label, label.replace(/\)$/, ''), value];
  return isHost(value) ? [...names, `https://${value}`] : names;
}

/** A key in three parts is no host: its last part is longer, and has digits. */
const isHost = (value: string) => /^[\w-]+(?:\.[\w-]+)*\.[a-z]{2,24}$/.test(value);

/** The ThreatQ guide has the word "(default)" after labels of defaults. */
function normalize(name: string): string {
  return withStraightApostrophes(name)
    .trim()
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .replace(/ ?\(default\)$/, '')
    .replace(/^(https:\/\/[^/]+)\/$/, '$1');
}

/** The name of the option that was probably meant; undefined if none is close. */
export function optionMeant(options: Options, given: string): string | undefined {
  const labels = options.map(({ label }) => label);
  const values = options.flatMap(({ value }) => (isHost(value) ? [] : [value]));
  const synonym = SYNONYMS.get(given.toLowerCase()) ?? '';
  if (labels.includes(synonym)) return synonym;
  return closest(given, labels) ?? closest(given, values) ?? optionOfHost(options, given)?.label;
}

/** Other words for an option. Vision One's API writes −1 for never, and has country codes in its hosts. */
const SYNONYMS = new Map([
  ['-1', 'Never'],
  ['dry-run', 'Preview'],
  ['detect', 'Log'],
  ['monitor', 'Log'],
  ['us', 'United States'],
  ['usa', 'United States'],
  ['api.us.xdr.trendmicro.com', 'United States'],
  ['au', 'Australia'],
  ['sg', 'Singapore'],
  ['jp', 'Japan'],
  ['in', 'India'],
  ['uae', 'United Arab Emirates'],
  ['uk', 'United Kingdom'],
  ['ca', 'Canada'],
  ['za', 'South Africa'],
  ['id', 'Indonesia'],
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
  const longer = options.filter(({ value }) => value.startsWith(host));
  if (longer.length > 0) return longer.length === 1 ? longer[0] : undefined;
  const meant = closest(
    host,
    options.map(({ value }) => value),
  );
  return options.find(({ value }) => value === (meant ?? CUSTOM_REGION));
}
