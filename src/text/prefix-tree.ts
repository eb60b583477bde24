/** A compressed trie that finds known texts by their beginning, or by their end. */

/** Nothing shorter is searched for: ordinary words would be found. */
export const SHORTEST = 8;

/** Parts with fewer units are not found. The hash of the filter covers so many units. */
export const LEAST_PART = 4;
const HASH_BITS = 14;

/**
 * Comparisons that a scan may spend, for each unit. Without this limit, a repetitive secret in a
 * repetitive text would cost the product of their lengths.
 */
const WORK_PER_UNIT = 32;
const LEAST_WORK = 1_000;

interface Node {
  /** The edge that leads here is a part of this text, between two depths. */
  text: Uint16Array;
  from: number;
  to: number;
  /** By the first unit of their edges. */
  children: Map<number, Node>;
  /** Whether a text ends here. */
  ends: boolean;
}

export interface Match {
  /** Units of the longest text that is there as a whole; 0 for none. */
  whole: number;
  /** Units of the longest part that is there. */
  common: number;
}

export class PrefixTree {
  /** Comparisons made so far, by scans and by adding. */
  work = 0;
  readonly #step: 1 | -1;
  readonly #root: Node = leaf(new Uint16Array(), 0, false);
  /** Which hashes of four units a text begins with. */
  readonly #filter = new Uint8Array(1 << HASH_BITS);

  /** @param step 1 for texts by their beginnings; -1 for texts by their endings, read backwards */
  constructor(step: 1 | -1) {
    this.#step = step;
  }

  /** Adds a text, which must not be changed afterwards. It costs the text's own length. */
  add(text: Uint16Array): void {
    if (text.length < SHORTEST) return;
    let hash = 0;
    for (let depth = 0; depth < LEAST_PART; depth++) hash = rolled(hash, this.#unit(text, depth));
    this.#filter[hash] = 1;

    let node = this.#root;
    for (let depth = 0; depth < text.length; depth = node.to) {
      this.work++;
      const unit = this.#unit(text, depth);
      const child = node.children.get(unit);
      if (!child) {
        node.children.set(unit, leaf(text, depth, true));
        return;
      }
      const shared = this.#shared(child, text);
      this.work += shared - depth;
      if (shared === child.to) {
        node = child;
      } else {
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
   * Finds every place at which a text begins (or, read backwards, ends), with at least LEAST_PART
   * units of it. If that takes too much work, all that follows counts as found.
   */
  scan(units: Uint16Array, found: (at: number, match: Match) => void): void {
    const step = this.#step;
    const filter = this.#filter;
    const { length } = units;
    const limit = this.work + LEAST_WORK + WORK_PER_UNIT * length;
    let hash = 0;
    for (let count = 1; count <= length; count++) {
      hash = rolled(hash, units[step > 0 ? count - 1 : length - count] as number);
      if (filter[hash] === 0 || count < LEAST_PART) continue;
      const begin = count - LEAST_PART;
      const at = step > 0 ? begin : length - 1 - begin;
      if (this.work > limit) {
        found(at, { whole: length - begin, common: length - begin });
        return;
      }
      const match = this.#match(units, at);
      if (match.common >= LEAST_PART) found(at, match);
    }
  }

  #match(units: Uint16Array, at: number): Match {
    let node = this.#root;
    let whole = 0;
    let common = 0;
    for (;;) {
      const child = node.children.get(units[at + common * this.#step] ?? -1);
      if (!child) break;
      while (
        common < child.to &&
        units[at + common * this.#step] === this.#unit(child.text, common)
      ) {
        common++;
      }
      if (common < child.to) break;
      node = child;
      if (node.ends) whole = common;
    }
    this.work += common + 1;
    return { whole, common };
  }

  /** The depth to which a text goes along with an edge. */
  #shared({ text: edge, from, to }: Node, text: Uint16Array): number {
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
    return text[this.#step > 0 ? depth : text.length - 1 - depth] as number;
  }
}

function leaf(text: Uint16Array, from: number, ends: boolean): Node {
  return { text, from, to: text.length, children: new Map(), ends };
}

/** Each unit moves the bits of those before it by four. */
function rolled(hash: number, unit: number): number {
  return ((hash << 4) ^ unit) & ((1 << HASH_BITS) - 1);
}
