/** Names below which many owners have their own names: public suffixes, and the parents of such suffixes. */
import { sharedSuffix } from './shared-suffixes.js';
import { SUFFIX_ANCESTORS } from './suffix-ancestors.js';

/**
 * `icann_suffix`: below it, registries sell names (`com`, `co.uk`). `private_suffix`: below it, a company
 * gives names to its customers (`github.io`). `suffix_parent`: suffixes are below it (`amazonaws.com`),
 * and it is neither of the two.
 */
export type SharedName = 'icann_suffix' | 'private_suffix' | 'suffix_parent';

const PARENTS = new Set(SUFFIX_ANCESTORS);

/**
 * Why a name is shared by many owners, according to the Public Suffix List and to what is known about its
 * wildcard rules.
 * @param name in lower case and A-labels
 * @returns undefined if it is not, and for a name that the list does not know
 */
export function sharedName(name: string): SharedName | undefined {
  return sharedSuffix(name) ?? (PARENTS.has(name) ? 'suffix_parent' : undefined);
}
