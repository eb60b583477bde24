/** The minimum size of a chunk in characters. Only the last chunk can be smaller. */
const CHUNK_CHARS = 65_536;

/** Joins small pieces of a text, so that few of them are written. */
export function* inChunks(pieces: Iterable<string>): Generator<string> {
  let chunk = '';
  for (const piece of pieces) {
    chunk += piece;
    if (chunk.length < CHUNK_CHARS) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}
