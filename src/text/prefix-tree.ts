/** A compressed trie that finds known texts by their beginnings, or by their ends. */
import { FOLDED, fold } from './decode.js';

/** Shorter texts are not searched for: they would match ordinary words. */
export const MIN_SECRET_LENGTH = 8;

/** Shorter matches are not reported. The filter hashes this number of units. */
export const MIN_MATCH_LENGTH = 4;
const HASH_BITS = 14;

/**
 * The number of comparisons that a scan may make for each unit. Without this limit, a repetitive
 * secret in a repetitive text would cost the product of their lengths.
 */
const COMPARISONS_PER_UNIT = 32;
const MIN_COMPARISONS = 1_000;

/** 1 reads forwards from the beginning of a text; -1 reads backwards from its end. */
export type Direction = 1 | -1;

interface Node {
  /** The edge to this node is the part of this text between the depths `from` and `to`. */
  text: Uint16Array;
  from: number;
  to: number;
  /** The children by the first unit of their edges. */
  children: Map<number, Node>;
  /** Whether a known text ends here. */
  ends: boolean;
}

export interface Match {
  /** Length of the longest known text that is there completely; 0 if there is none. */
  complete: number;
  /** Length of the longest beginning (or, read backwards, end) of a known text that is there. */
  partial: number;
}

export class PrefixTree {
  /** Comparisons made so far, by `scan` and by `add`. */
  comparisons = 0;
  readonly #direction: Direction;
  readonly #root: Node = leaf(new Uint16Array(), 0, false);
  /** 1 for each hash of the first MIN_MATCH_LENGTH units of a known text. */
  readonly #filter = new Uint8Array(1 << HASH_BITS);
  /** The first MIN_MATCH_LENGTH units of each known text, for `mayBeginIn`. */
  readonly #starts = new Set<string>();

  /** @param direction 1 to find texts by their beginnings; -1 to find them by their ends */
  constructor(direction: Direction) {
    this.#direction = direction;
  }

  /** Adds a text, which must not be modified later. The cost is proportional to its length. */
  add(text: Uint16Array): void {
    if (text.length < MIN_SECRET_LENGTH) return;
    let hash = 0;
    for (let depth = 0; depth < MIN_MATCH_LENGTH; depth++) {
      hash = rollHash(hash, this.#unit(text, depth));
    }
    this.#filter[hash] = 1;
    this.#starts.add(String.fromCharCode(...text.subarray(0, MIN_MATCH_LENGTH)));

    let node = this.#root;
    for (let depth = 0; depth < text.length; depth = node.to) {
      this.comparisons++;
      const unit = this.#unit(text, depth);
      const child = node.children.get(unit);
      if (!child) {
        node.children.set(unit, leaf(text, depth, true));
        return;
      }
      const shared = this.#sharedDepth(child, text);
      this.comparisons += shared - depth;
      if (shared === child.to) {
        node = child;
      } else {
        // Split the edge where the two texts begin to differ.
        const middle = { ...child, to: shared, children: new Map(), ends: false };
        middle.children.set(this.#unit(child.text, shared), child);
        child.from = shared;
        node.children.set(unit, middle);
        node = middle;
      }
    }
    node.ends = true;
  }

  /**
   * Whether `scan` may report a position of this text, which is neither folded nor decoded. It is much
   * faster than `scan`. Only for texts that are found by their beginnings.
   */
  mayBeginIn(text: string): boolean {
    const filter = this.#filter;
    let hash = 0;
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      // `rollHash` and `fold` are written out: their calls would take most of the time.
      hash = ((hash << 4) ^ (FOLDED[unit] || fold(unit))) & ((1 << HASH_BITS) - 1);
      if (filter[hash] === 1 && this.#starts.has(foldedEnd(text, at))) return true;
    }
    return false;
  }

  /**
   * Reports each position at which at least MIN_MATCH_LENGTH units of a known text begin (or, read
   * backwards, end). If that takes too many comparisons, the rest of the text is reported as a
   * match.
   */
  scan(units: Uint16Array, onMatch: (at: number, match: Match) => void): void {
    const direction = this.#direction;
    const filter = this.#filter;
    const { length } = units;
    const limit = this.comparisons + MIN_COMPARISONS + COMPARISONS_PER_UNIT * length;
    let hash = 0;
    for (let count = 1; count <= length; count++) {
      hash = rollHash(hash, units[direction > 0 ? count - 1 : length - count] as number);
      if (filter[hash] === 0 || count < MIN_MATCH_LENGTH) continue;
      const depth = count - MIN_MATCH_LENGTH;
      const at = direction > 0 ? depth : length - 1 - depth;
      if (this.comparisons > limit) {
        onMatch(at, { complete: length - depth, partial: length - depth });
        return;
      }
      const match = this.#match(units, at);
      if (match.partial >= MIN_MATCH_LENGTH) onMatch(at, match);
    }
  }

  #match(units: Uint16Array, at: number): Match {
    let node = this.#root;
    let complete = 0;
    let partial = 0;
    for (;;) {
      const child = node.children.get(units[at + partial * this.#direction] ?? -1);
      if (!child) break;
      while (
        partial < child.to &&
        units[at + partial * this.#direction] === this.#unit(child.text, partial)
      ) {
        partial++;
      }
      if (partial < child.to) break;
      node = child;
      if (node.ends) complete = partial;
    }
    this.comparisons += partial + 1;
    return { complete, partial };
  }

  /** The depth up to which a text agrees with an edge. */
  #sharedDepth({ text: edge, from, to }: Node, text: Uint16Array): number {
    let depth = from;
    while (
      depth < to &&
      depth < text.length &&
      this.#unit(edge, depth) === this.#unit(text, depth)
    ) {
      depth++;
    }
    return depth;
  }

  #unit(text: Uint16Array, depth: number): number {
    return text[this.#direction > 0 ? depth : text.length - 1 - depth] as number;
  }
}

function leaf(text: Uint16Array, from: number, ends: boolean): Node {
  return { text, from, to: text.length, children: new Map(), ends };
}

/** The MIN_MATCH_LENGTH units that end at a position, folded. */
function foldedEnd(text: string, at: number): string {
  let units = '';
  for (let from = at + 1 - MIN_MATCH_LENGTH; from <= at; from++) {
    units += String.fromCharCode(fold(text.charCodeAt(from)));
  }
  return units;
}

/**
 * Adds a unit to the hash. Each step shifts the earlier units by four bits, until they drop out.
 */
function rollHash(hash: number, unit: number): number {
  return ((hash << 4) ^ unit) & ((1 << HASH_BITS) - 1);
}
