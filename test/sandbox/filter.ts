/**
 * The TMV1-Filter header of the two lists (from Trend's API documentation): `eq and or not ( )` on type,
 * the six values, scanAction and riskLevel; not on description or expiry; 4000 characters at most.
 */
import { type ListName, objectTypes } from './rules.js';

/** What a filter can see of an object, by field name. */
export type Filterable = Readonly<Record<string, string | undefined>>;
export type Predicate = (fields: Filterable) => boolean;

const longestFilter = 4000;

/** @throws {Error} with the problem */
export function parseFilter(text: string, list: ListName): Predicate {
  if (text.length > longestFilter) throw new Error('the filter is longer than 4000 characters');
  const extra = list === 'suspicious' ? ['scanAction', 'riskLevel'] : [];
  const parser = new Parser(tokens(text), new Set<string>(['type', ...objectTypes, ...extra]));
  return parser.whole();
}

function tokens(text: string): string[] {
  const found = text.match(/\(|\)|'(?:[^']|'')*'|[A-Za-z0-9]+|\S/g) ?? [];
  if (found.length === 0) throw new Error('the filter is empty');
  return found;
}

class Parser {
  private readonly rest: string[];
  private readonly fields: Set<string>;

  constructor(rest: string[], fields: Set<string>) {
    this.rest = [...rest];
    this.fields = fields;
  }

  whole(): Predicate {
    const predicate = this.anyOf();
    if (this.rest.length > 0) throw new Error(`unexpected ${this.rest[0]}`);
    return predicate;
  }

  private anyOf(): Predicate {
    let left = this.allOf();
    while (this.take('or')) {
      const [first, second] = [left, this.allOf()];
      left = (fields) => first(fields) || second(fields);
    }
    return left;
  }

  private allOf(): Predicate {
    let left = this.single();
    while (this.take('and')) {
      const [first, second] = [left, this.single()];
      left = (fields) => first(fields) && second(fields);
    }
    return left;
  }

  private single(): Predicate {
    if (this.take('not')) {
      const inner = this.single();
      return (fields) => !inner(fields);
    }
    if (this.take('(')) {
      const inner = this.anyOf();
      if (!this.take(')')) throw new Error('a ) is missing');
      return inner;
    }
    return this.comparison();
  }

  private comparison(): Predicate {
    const field = this.rest.shift() ?? 'the end';
    if (!this.fields.has(field)) throw new Error(`${field} cannot be filtered on`);
    if (!this.take('eq')) throw new Error('only eq compares');
    const quoted = this.rest.shift() ?? '';
    if (!/^'.*'$/s.test(quoted)) throw new Error('a value stands in single quotes');
    const value = quoted.slice(1, -1).replaceAll("''", "'").toLowerCase();
    return (fields) => fields[field]?.toLowerCase() === value;
  }

  private take(word: string): boolean {
    if (this.rest[0] !== word) return false;
    this.rest.shift();
    return true;
  }
}
