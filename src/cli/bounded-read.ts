/** Reads streams that may be endless: a pipe, a device, a file that grows. */
import type { Readable } from 'node:stream';

/** Thrown if a stream has more bytes than the limit. */
export class TooLargeError extends Error {
  override name = 'TooLargeError';

  constructor(readonly maxBytes: number) {
    super(`is larger than ${maxBytes} bytes`);
  }
}

/**
 * Reads a stream to its end.
 * @param maxBytes the limit
 * @returns its text, decoded as UTF-8
 * @throws {TooLargeError} as soon as the limit is exceeded; the stream is then destroyed
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
