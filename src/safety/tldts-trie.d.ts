/** The data of tldts. It has no types for this path. */
declare module 'tldts/dist/cjs/src/data/trie.js' {
  /** 0 if no rule ends at a node. */
  export const nodeFlags: Uint8Array;
  /** The first edge of each node; the edges of a node end where those of the next begin. */
  export const edgeStart: Uint16Array;
  /** The length of an edge's label; the labels follow each other in `labelText`. */
  export const edgeLength: Uint8Array;
  export const edgeChild: Uint16Array;
  export const labelText: string;
  export const rulesRoot: number;
}
