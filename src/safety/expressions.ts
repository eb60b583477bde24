/**
 * Users' regular expressions. Attackers write the values, and other people the lists, so the time to
 * match must not depend on the expression: re2js matches in linear time
 * (https://github.com/google/re2/wiki/Syntax).
 */
import { RE2JS, RE2JSException, RE2JSSyntaxException, RE2Set } from 're2js';
import type { ObjectKey } from '../indicator/indicator.js';
import { groupBy } from '../result/group-by.js';
import { truncate } from '../text/truncate.js';
import type { EntryProblem } from './entry.js';

const MAX_EXPRESSION_CHARS = 10_000;
/** The largest program that one expression may be compiled to, in re2's instructions. */
const MAX_INSTRUCTIONS = 10_000;
/**
 * Limit for all expressions together: the instructions of their programs, and the characters of those
 * that are ignored. A thousand usual ones have about 30,000. It bounds the time that loading takes.
 */
const MAX_TOTAL_SIZE = 500_000;
/** Expressions that are matched in one pass over a value. Larger sets were slower when measured. */
const EXPRESSIONS_PER_SET = 25;
/** The memory that the states of all sets may use. */
const MAX_STATE_BYTES = 128_000_000;
/** How much of an expression a message shows. */
const MAX_SHOWN_CHARS = 40;
const TOO_LARGE_TOGETHER: EntryProblem = {
  problem: 'makes the expressions of all lists too large together',
};
const NO_EXPRESSION = 'is not a regular expression that RE2 supports';

interface Expression {
  source: string;
  list: number;
  /** The types of objects that its list is for. */
  types: readonly ObjectKey[];
}

interface ExpressionSet {
  set: RE2Set;
  types: readonly ObjectKey[];
  /** The number of the list of each expression in the set. */
  lists: number[];
}

export class Expressions {
  readonly #expressions: Expression[] = [];
  /** Made of all expressions at the first search. */
  #sets: ExpressionSet[] | undefined;
  #totalSize = 0;

  /**
   * Adds an expression, as MISP's lists have them (`/pattern/flags`), or a pattern alone.
   * @returns why the expression is left out; undefined if it is not
   */
  add(entry: string, list: number, types: readonly ObjectKey[]): EntryProblem | undefined {
    const { pattern, flags } = splitExpression(entry);
    if (pattern === '') return { problem: 'is empty' };
    if (flags.includes('x')) return { problem: 'has the flag x, which is not supported' };
    if (pattern.length > MAX_EXPRESSION_CHARS) {
      return { problem: `has more than ${MAX_EXPRESSION_CHARS} characters` };
    }
    // The rest is not compiled: it bounds the time that loading takes.
    if (this.#totalSize > MAX_TOTAL_SIZE) return TOO_LARGE_TOGETHER;
    const source = sourceOf(pattern, flags);
    const compiled = compile(source, pattern);
    this.#totalSize += 'size' in compiled ? compiled.size : pattern.length;
    if (this.#totalSize > MAX_TOTAL_SIZE) return TOO_LARGE_TOGETHER;
    if ('problem' in compiled) return compiled;
    if (compiled.size > MAX_INSTRUCTIONS) {
      return { problem: 'is too large when its repetitions are expanded' };
    }
    this.#expressions.push({ source, list, types });
    this.#sets = undefined;
    return undefined;
  }

  /** The number of the first list for the type with an expression that matches a value. */
  find(value: string, type: ObjectKey): number | undefined {
    this.#sets ??= buildSets(this.#expressions);
    const [first] = this.#sets
      .filter(({ types }) => types.includes(type))
      .flatMap(({ set, lists }) => set.match(value).map((id) => lists[id]))
      .sort((a = 0, b = 0) => a - b);
    return first;
  }
}

/** PCRE, which MISP uses, accepts other delimiters too. The flags are those of PCRE and of JavaScript. */
const DELIMITED = /^([/#~@%!])(.*)\1([dgimnsuvxyADJSUX]*)$/s;

function splitExpression(entry: string): { pattern: string; flags: string } {
  const [, , pattern = entry, flags = ''] = DELIMITED.exec(entry) ?? [];
  return { pattern, flags };
}

/**
 * The expression as RE2 gets it. Case is ignored whatever the flags are: values are sent in lower case, so
 * an expression in upper case would protect nothing. The other flags are ignored: `u` is always on, and
 * PHP does not know `g`, which public lists have.
 */
function sourceOf(pattern: string, flags: string): string {
  const flagged = `(?i${flags.includes('m') ? 'm' : ''}${flags.includes('s') ? 's' : ''})`;
  return flags.includes('A') ? `${flagged}\\A(?:${pattern})` : `${flagged}${pattern}`;
}

/**
 * The sets for each combination of types. Within them, the expressions are sorted, so that similar ones
 * share a set: such a set has a tenth of the states.
 */
function buildSets(expressions: readonly Expression[]): ExpressionSet[] {
  const groups = [...groupBy(expressions, ({ types }) => types.join()).values()];
  const parts = groups.flatMap((group) => {
    const sorted = group.toSorted((a, b) => (a.source < b.source ? -1 : 1));
    const count = Math.ceil(sorted.length / EXPRESSIONS_PER_SET);
    return Array.from({ length: count }, (_, index) =>
      sorted.slice(index * EXPRESSIONS_PER_SET, (index + 1) * EXPRESSIONS_PER_SET),
    );
  });
  return parts.map((part) => {
    const set = new RE2Set(RE2Set.UNANCHORED, 0, MAX_STATE_BYTES / Math.max(parts.length, 16));
    for (const { source } of part) set.add(source);
    return { set, types: part[0]?.types ?? [], lists: part.map(({ list }) => list) };
  });
}

function compile(source: string, pattern: string): { size: number } | EntryProblem {
  try {
    return { size: RE2JS.compile(source).programSize() };
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return { problem: isExpression(pattern) ? describeProblem(error) : NO_EXPRESSION };
  }
}

/** Distinguishes mistakes from what re2 does not support. The expression is only parsed here and never run. */
function isExpression(pattern: string): boolean {
  try {
    new RegExp(pattern);
    return true;
  } catch {
    return false;
  }
}

/** Why re2 does not support an expression. Its error has the part that it does not support. */
function describeProblem(error: RE2JSException): string {
  const part = error instanceof RE2JSSyntaxException ? (error.input ?? '') : '';
  const shown = truncate(part, MAX_SHOWN_CHARS);
  if (/^\(\?<?[=!]/.test(part)) return `has look-arounds such as ${shown}, which are not supported`;
  if (/^\\(?:[1-9]|k)/.test(part)) {
    return `has back-references such as ${shown}, which are not supported`;
  }
  if (part.startsWith('{')) {
    return `has more than 1,000 repetitions, as in ${shown}, which are not supported`;
  }
  return shown === '' ? 'is not supported' : `has ${shown}, which is not supported`;
}
