/**
 * The parents of public suffixes that are not suffixes with many owners themselves, such as
 * `amazonaws.com`. The build evaluates this module and bundles only its values, because the bundle has
 * the data of tldts once already.
 */
import { domainToASCII } from 'node:url';
import {
  edgeChild,
  edgeLength,
  edgeStart,
  labelText,
  rulesRoot,
} from 'tldts/dist/cjs/src/data/trie.js';
import { EXTRA_SUFFIX_RULES, sharedSuffix } from './shared-suffixes.js';

/** In A-labels, sorted. */
export const SUFFIX_ANCESTORS: string[] = [
  ...new Set([...ancestorsInTrie(), ...ofExtraRules()].map((name) => domainToASCII(name))),
]
  .filter((name) => sharedSuffix(name) === undefined)
  .sort();

/** Every name that has a rule below it: each node of the trie that has children, except the root. */
function* ancestorsInTrie(): Generator<string> {
  const labels = labelsOfEdges();
  const pending: Array<[node: number, name: string]> = [[rulesRoot, '']];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const [node, name] = next;
    const [from = 0, to = 0] = edgeStart.subarray(node, node + 2);
    if (name !== '' && from < to) yield name;
    for (let edge = from; edge < to; edge++) {
      const below = [labels[edge], ...(name === '' ? [] : [name])].join('.');
      pending.push([edgeChild[edge] ?? 0, below]);
    }
  }
}

function labelsOfEdges(): string[] {
  let to = 0;
  return Array.from(edgeLength, (length) => {
    to += length;
    return labelText.slice(to - length, to);
  });
}

/** All parents of a rule except the top-level domain, which is a public suffix. */
function ofExtraRules(): string[] {
  return EXTRA_SUFFIX_RULES.flatMap((rule) => {
    const labels = rule.split('.');
    return labels.slice(1, -1).map((_, index) => labels.slice(index + 1).join('.'));
  });
}
