/** Reading what may be endless: a pipe, a device, a file that grows. */
import type { Readable } from 'node:stream';

/** There was more to read than is accepted. */
export class TooLarge extends Error {
  override name = 'TooLarge';

  constructor(readonly mostBytes: number) {
    super(`is larger than ${mostBytes} bytes`);
  }
}

/**
 * Reads a stream to its end.
 * @param mostBytes the most that are kept
 * @returns its text, read as UTF-8
 * @throws {TooLarge} once there are more; the stream is destroyed then
 */
export async function readBounded(stream: Readable, mostBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new TooLarge(mostBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
