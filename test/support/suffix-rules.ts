/** The rules of the Public Suffix List in tldts, as text. */
import {
  edgeChild,
  edgeLength,
  edgeStart,
  labelText,
  nodeFlags,
  rulesRoot,
} from 'tldts/dist/cjs/src/data/trie.js';

export interface SuffixRule {
  /** As it is published: `co.uk`, `*.ck`. */
  text: string;
  isPrivate: boolean;
}

/** The flag of a rule that is not in the ICANN section. */
const PRIVATE = 2;

/**
 * All rules. tldts also has a rule for the parent of each wildcard rule: `ck` for `*.ck`.
 */
export function suffixRules(node = rulesRoot, suffix = ''): SuffixRule[] {
  const rules: SuffixRule[] = [];
  for (let edge = edgeStart[node] ?? 0; edge < (edgeStart[node + 1] ?? 0); edge++) {
    const from = edgeLength.slice(0, edge).reduce((sum, length) => sum + length, 0);
    const label = labelText.slice(from, from + (edgeLength[edge] ?? 0));
    const text = `${label}${suffix}`;
    const child = edgeChild[edge] ?? 0;
    if (nodeFlags[child]) rules.push({ text, isPrivate: nodeFlags[child] === PRIVATE });
    rules.push(...suffixRules(child, `.${text}`));
  }
  return rules;
}
