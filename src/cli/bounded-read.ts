/** Reads streams that may be endless: a pipe, a device, a file that grows. */
import type { Readable } from 'node:stream';

/** A stream has more bytes than are accepted. */
export class TooLargeError extends Error {
  override name = 'TooLargeError';

  constructor(readonly maxBytes: number) {
    super(`is larger than ${maxBytes} bytes`);
  }
}

/**
 * Reads a stream to its end.
 * @param maxBytes the most that is accepted
 * @returns its text, decoded as UTF-8
 * @throws {TooLargeError} as soon as there is more; the stream is destroyed then
 */
export async function readBounded(stream: Readable, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new TooLargeError(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
