/** Names below which many owners have their own names: public suffixes, and the parents of such suffixes. */
import { parse as parseDomain } from 'tldts';
import { EXTRA_SUFFIX_RULES, SUFFIX_ANCESTORS } from './suffix-ancestors.js';

/**
 * `icann_suffix`: below it, registries sell names (`com`, `co.uk`). `private_suffix`: below it, a company
 * gives names to its customers (`github.io`). `suffix_parent`: it is no suffix itself,
 * but suffixes are below it (`amazonaws.com`).
 */
export type SharedName = 'icann_suffix' | 'private_suffix' | 'suffix_parent';

const OPTIONS = { allowPrivateDomains: true, extraSuffixes: { private: EXTRA_SUFFIX_RULES } };
const PARENTS = new Set(SUFFIX_ANCESTORS);

/**
 * Why a name is shared by many owners, according to the Public Suffix List.
 * @param name in lower case and A-labels
 * @returns undefined if it is not, and for a name that the list does not know
 */
export function sharedName(name: string): SharedName | undefined {
  const { publicSuffix, isIcann, isPrivate } = parseDomain(name, OPTIONS);
  if (publicSuffix === name && isIcann) return 'icann_suffix';
  if (publicSuffix === name && isPrivate) return 'private_suffix';
  return PARENTS.has(name) ? 'suffix_parent' : undefined;
}
