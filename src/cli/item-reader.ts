/** Reads the JSON of a result piece by piece: as one value, a large result takes several times its memory. */

/** What ends a token outside strings, and what is special in them. */
const SPECIAL = /["\\[\]{}]/g;
/** The key, as it is before its array. */
const ITEMS = /(?<!\\)"items"\s*:\s*$/;
/** Enough for the key, some white space and the bracket after it. */
const END_CHARS = 41;

export class ItemReader {
  readonly #onItem: (item: unknown) => void;
  /** The document without its items, in pieces. */
  readonly #rest: string[] = [];
  /** The last characters of these pieces. */
  #end = '';
  /** The text of the item so far; undefined outside items. */
  #item: string | undefined;
  #depth = 0;
  #isInString = false;
  #isInItems = false;
  /** How many characters at the start of the next chunk belong to an escape. */
  #skip = 0;

  constructor(onItem: (item: unknown) => void) {
    this.#onItem = onItem;
  }

  /** @throws {SyntaxError} if an item is not JSON */
  push(chunk: string): void {
    let from = 0;
    const take = (to: number) => {
      this.#keep(chunk.slice(from, to));
      from = to;
    };
    SPECIAL.lastIndex = this.#skip;
    this.#skip = 0;
    for (let found = SPECIAL.exec(chunk); found; found = SPECIAL.exec(chunk)) {
      const [char] = found;
      if (char === '\\') {
        SPECIAL.lastIndex += 1;
        this.#skip = Math.max(0, SPECIAL.lastIndex - chunk.length);
      } else if (char === '"') {
        this.#isInString = !this.#isInString;
      } else if (!this.#isInString) {
        if (char === '{' || char === '[') this.#open(char, found.index, take);
        else this.#close(found.index, take);
      }
    }
    take(chunk.length);
  }

  /** The document, in which the array of items is empty. @throws {SyntaxError} if it is not JSON */
  end(): unknown {
    return JSON.parse(this.#rest.join(''));
  }

  #keep(text: string): void {
    if (this.#item !== undefined) this.#item += text;
    // Between items, commas and white space are left out. JSON.parse reports anything else.
    else if (!this.#isInItems || this.#depth !== 2 || /[^\s,]/.test(text)) {
      this.#rest.push(text);
      this.#end = (this.#end + text.slice(-END_CHARS)).slice(-END_CHARS);
    }
  }

  #open(char: string, at: number, take: (to: number) => void): void {
    if (this.#isInItems && this.#depth === 2 && char === '{') {
      take(at);
      this.#item = '';
    } else if (this.#depth === 1 && char === '[') {
      take(at + 1);
      this.#isInItems = ITEMS.test(this.#end.slice(0, -1));
    }
    this.#depth++;
  }

  #close(at: number, take: (to: number) => void): void {
    this.#depth--;
    if (!this.#isInItems) return;
    if (this.#depth === 2 && this.#item !== undefined) {
      take(at + 1);
      const item = this.#item;
      this.#item = undefined;
      this.#onItem(JSON.parse(item));
    } else if (this.#depth === 1) {
      take(at);
      this.#isInItems = false;
    }
  }
}
