/**
 * Users' regular expressions. Attackers write the values, and other people the lists, so the time to
 * match must not depend on the expression: re2js matches in linear time
 * (https://github.com/google/re2/wiki/Syntax).
 */
import { RE2JS, RE2JSException, RE2JSSyntaxException, RE2Set } from 're2js';
import { truncate } from '../text/truncate.js';
import { InvalidEntry } from './entry-index.js';

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

interface Expression {
  source: string;
  list: number;
}

interface ExpressionSet {
  set: RE2Set;
  /** The number of the list of each expression in the set. */
  lists: number[];
}

export class Expressions {
  readonly #expressions: Expression[] = [];
  /** Made of all expressions at the first search. */
  #sets: ExpressionSet[] | undefined;
  #totalSize = 0;

  /**
   * Adds an expression: `/pattern/flags`, as MISP's lists have them, or a pattern alone. Case is ignored.
   * @returns why the expression is ignored, as a predicate; undefined if it is not
   * @throws {InvalidEntry} if it is not a regular expression, or if all expressions are too large together
   */
  add(entry: string, list: number): string | undefined {
    const [, pattern = entry, flags = ''] = /^\/(.*)\/([dgimsuvy]*)$/s.exec(entry) ?? [];
    if (pattern === '') throw new InvalidEntry('is empty');
    if (pattern.length > MAX_EXPRESSION_CHARS) {
      return `has more than ${MAX_EXPRESSION_CHARS} characters`;
    }
    const source = `(?i${flags.includes('m') ? 'm' : ''}${flags.includes('s') ? 's' : ''})${pattern}`;
    const compiled = compile(source, pattern);
    this.#totalSize += 'size' in compiled ? compiled.size : pattern.length;
    if (this.#totalSize > MAX_TOTAL_SIZE) {
      throw new InvalidEntry('makes the expressions of all lists too large together');
    }
    if ('problem' in compiled) return compiled.problem;
    if (compiled.size > MAX_INSTRUCTIONS) return 'is too large when its repetitions are expanded';
    this.#expressions.push({ source, list });
    this.#sets = undefined;
    return undefined;
  }

  /** The number of the first list with an expression that matches one of the texts. */
  find(texts: string[]): number | undefined {
    this.#sets ??= buildSets(this.#expressions);
    const [first] = this.#sets
      .flatMap(({ set, lists }) => texts.flatMap((text) => set.match(text).map((id) => lists[id])))
      .sort((a = 0, b = 0) => a - b);
    return first;
  }
}

/** Sorted, so that similar expressions share a set: such a set has a tenth of the states. */
function buildSets(expressions: Expression[]): ExpressionSet[] {
  const sorted = expressions.toSorted((a, b) => (a.source < b.source ? -1 : 1));
  const count = Math.ceil(sorted.length / EXPRESSIONS_PER_SET);
  return Array.from({ length: count }, (_, index) => {
    const start = index * EXPRESSIONS_PER_SET;
    const part = sorted.slice(start, start + EXPRESSIONS_PER_SET);
    const set = new RE2Set(RE2Set.UNANCHORED, 0, MAX_STATE_BYTES / Math.max(count, 16));
    for (const { source } of part) set.add(source);
    return { set, lists: part.map(({ list }) => list) };
  });
}

/** @throws {InvalidEntry} if JavaScript does not accept the pattern either */
function compile(source: string, pattern: string): { size: number } | { problem: string } {
  try {
    return { size: RE2JS.compile(source).programSize() };
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    if (!isExpression(pattern)) throw new InvalidEntry('is not a regular expression');
    return { problem: describeProblem(error) };
  }
}

/** Tells mistakes from what re2 does not support. The expression is only parsed here and never run. */
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
