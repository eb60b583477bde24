/**
 * Users' regular expressions. Values are written by attackers, and lists by others: re2js matches in a
 * time that is linear in the value, whatever the expression (https://github.com/google/re2/wiki/Syntax).
 */
import { RE2JS, RE2JSException, RE2JSSyntaxException, RE2Set } from 're2js';

/** The longest expression that is read, in characters. */
const LONGEST_EXPRESSION = 10_000;
/** The largest program that one expression may become, in re2's instructions. */
const LARGEST_PROGRAM = 10_000;
/**
 * Limit for all expressions together: the instructions of their programs, and the characters of those
 * that are left out. A thousand usual ones have some 30,000. It bounds the time that loading takes.
 */
const LARGEST_TOTAL = 500_000;
/** Expressions that are matched in one pass over a value. Larger sets were slower when measured. */
const PER_SET = 25;
/** What the states of all sets may take, in bytes. */
const STATE_MEMORY = 128_000_000;

interface Expression {
  source: string;
  list: number;
}

export class Expressions {
  #expressions: Expression[] = [];
  #sets: Array<{ set: RE2Set; lists: number[] }> | undefined;
  #total = 0;

  /**
   * Takes in an expression: `/pattern/flags`, as MISP's lists have them, or a bare pattern; case does
   * not matter.
   * @returns why it is left out; undefined if it is not
   * @throws {Error} if it is no regular expression, or too much altogether
   */
  add(entry: string, list: number): string | undefined {
    const [, pattern = entry, flags = ''] = /^\/(.*)\/([dgimsuvy]*)$/s.exec(entry) ?? [];
    if (pattern === '') throw new Error('is empty');
    if (pattern.length > LONGEST_EXPRESSION) {
      return `it is longer than ${LONGEST_EXPRESSION} characters`;
    }
    const source = `(?i${flags.includes('m') ? 'm' : ''}${flags.includes('s') ? 's' : ''})${pattern}`;
    const read = readExpression(source, pattern);
    this.#charge('size' in read ? read.size : pattern.length);
    if ('problem' in read) return read.problem;
    if (read.size > LARGEST_PROGRAM) return 'it is too large once its repetitions are written out';
    this.#expressions.push({ source, list });
    this.#sets = undefined;
    return undefined;
  }

  /** The first list that has an expression that matches one of the texts; undefined if none has. */
  find(texts: string[]): number | undefined {
    this.#sets ??= setsOf(this.#expressions);
    const [first] = this.#sets
      .flatMap(({ set, lists }) => texts.flatMap((text) => set.match(text).map((id) => lists[id])))
      .sort((a = 0, b = 0) => a - b);
    return first;
  }

  #charge(size: number): void {
    this.#total += size;
    if (this.#total > LARGEST_TOTAL) {
      throw new Error('the expressions up to here are too large together');
    }
  }
}

/** In the order of their texts, expressions of a kind share a set, and it has a tenth of the states. */
function setsOf(expressions: Expression[]): Array<{ set: RE2Set; lists: number[] }> {
  const sorted = expressions.toSorted((a, b) => (a.source < b.source ? -1 : 1));
  const count = Math.ceil(sorted.length / PER_SET);
  return Array.from({ length: count }, (_, index) => {
    const part = sorted.slice(index * PER_SET, (index + 1) * PER_SET);
    const set = new RE2Set(RE2Set.UNANCHORED, 0, STATE_MEMORY / Math.max(count, 16));
    for (const { source } of part) set.add(source);
    return { set, lists: part.map(({ list }) => list) };
  });
}

/** @throws {Error} if JavaScript does not take it for a regular expression either */
function readExpression(source: string, pattern: string): { size: number } | { problem: string } {
  try {
    return { size: RE2JS.compile(source).programSize() };
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    if (!isExpression(pattern)) throw new Error('is no regular expression');
    return { problem: problemOf(error) };
  }
}

/** It is only read here, never run: what is a mistake is told apart from what re2 does not have. */
function isExpression(pattern: string): boolean {
  try {
    new RegExp(pattern);
    return true;
  } catch {
    return false;
  }
}

const LONGEST_SHOWN = 40;

/** In words; re2 quotes the place that it does not understand. */
function problemOf(error: RE2JSException): string {
  const place = error instanceof RE2JSSyntaxException ? (error.input ?? '') : '';
  const shown = place.length > LONGEST_SHOWN ? `${place.slice(0, LONGEST_SHOWN)}…` : place;
  if (/^\(\?<?[=!]/.test(place)) return `look-arounds such as ${shown} are not supported`;
  if (/^\\(?:[1-9]|k)/.test(place)) return `back-references such as ${shown} are not supported`;
  if (place.startsWith('{'))
    return `more than 1,000 repetitions, as in ${shown}, are not supported`;
  return shown === '' ? 'it is not supported' : `${shown} is not supported`;
}
