/** Finds wildcard exceptions that cover all subdomains of a name with many owners. */
import { normalizeHost } from '../indicator/domain.js';
import { splitUrl } from '../indicator/split-url.js';
import { objectKeyOf, type VisionOneObject } from '../vision-one/payload.js';
import { type SharedName, sharedName } from './shared-names.js';

/** The shared name of which a wildcard exception covers all subdomains; undefined if there is none. */
export function sharedByException(
  object: VisionOneObject,
): { name: string; kind: SharedName } | undefined {
  const key = objectKeyOf(object);
  const value = object[key] ?? '';
  if (key !== 'domain' && key !== 'url') return undefined;
  const host = key === 'url' ? splitUrl(value).host : value;
  if (!host.startsWith('*.')) return undefined;
  const name = normalizeHost(host.slice(2));
  const kind = sharedName(name);
  return kind && { name, kind };
}
