/** Reads text from streams that may be endless: a pipe, a device, a file that grows. */
import { constants, createReadStream, fstatSync, openSync, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { TextDecoder } from 'node:util';
import { systemErrorText } from './system-error.js';

/** Thrown if a stream has more bytes than the limit. */
export class TooLargeError extends Error {
  override name = 'TooLargeError';

  constructor(readonly maxBytes: number) {
    super(`is larger than ${maxBytes} bytes`);
  }
}

/** Thrown if bytes are not text. */
class NotTextError extends Error {
  override name = 'NotTextError';

  constructor() {
    super('is not UTF-8 text: save it as UTF-8, or as UTF-16 with a byte order mark');
  }
}

/** Thrown if a path is not that of a regular file. */
class NotRegularFileError extends Error {
  override name = 'NotRegularFileError';

  constructor(stats: Stats) {
    super(`is not a regular file, but ${kindOf(stats)}`);
  }
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a named pipe';
  return stats.isCharacterDevice() || stats.isBlockDevice() ? 'a device' : 'something else';
}

/**
 * Opens a file, a pipe or a device. A pipe is opened without waiting for its other end and read as a socket:
 * a thread that waits in the file system would keep the process alive after the run.
 * @throws if it cannot be opened
 */
export function openInput(file: string): Readable {
  const fd = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  return fstatSync(fd).isFIFO()
    ? new Socket({ fd, readable: true, writable: false })
    : createReadStream(file, { fd });
}

/**
 * Reads a stream to its end.
 * @param maxBytes the limit
 * @returns its text, without a byte order mark
 * @throws {TooLargeError} as soon as the limit is exceeded; the stream is then destroyed
 * @throws {NotTextError} if it is neither UTF-8 nor UTF-16 with a byte order mark
 */
export async function readBounded(stream: Readable, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of boundedChunks(stream, maxBytes)) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  return decode(decoderFor(bytes), bytes, false);
}

/**
 * Reads a stream to its end, as readBounded does.
 * @returns its text in pieces
 */
export async function* readPieces(stream: Readable, maxBytes: number): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  for await (const chunk of boundedChunks(stream, maxBytes)) {
    decoder ??= decoderFor(chunk);
    yield decode(decoder, chunk, true);
  }
  if (decoder) yield decode(decoder, Buffer.alloc(0), false);
}

async function* boundedChunks(stream: Readable, maxBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new TooLargeError(maxBytes);
    yield chunk;
  }
}

/**
 * Reads a regular file. A pipe or a device may never end, and opening a pipe waits for its writer. The kind
 * is read from the opened file, so that another file cannot take its place in between.
 * @throws as readBounded, and if it is not a regular file or cannot be opened
 */
export async function readRegularFile(path: string, maxBytes: number): Promise<string> {
  // Windows has neither this flag nor such pipes.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw new NotRegularFileError(stats);
    if (stats.size > maxBytes) throw new TooLargeError(maxBytes);
    return await readBounded(file.createReadStream({ autoClose: false }), maxBytes);
  } finally {
    await file.close();
  }
}

/** The byte order marks of UTF-16. PowerShell and Notepad write files with them. */
const UTF_16: Record<string, string> = { fffe: 'utf-16le', feff: 'utf-16be' };

/** @param first the first bytes of a text */
function decoderFor(first: Buffer): TextDecoder {
  const encoding = UTF_16[first.toString('hex', 0, 2)] ?? 'utf-8';
  return new TextDecoder(encoding, { fatal: true });
}

/** @param hasMore whether these bytes may end inside a character */
function decode(decoder: TextDecoder, bytes: Buffer, hasMore: boolean): string {
  try {
    return decoder.decode(bytes, { stream: hasMore });
  } catch {
    throw new NotTextError();
  }
}

/** Why a text could not be read, as a predicate: `cannot be read (no such file or directory)`. */
export function readProblem(error: unknown): string {
  const isOurs = [TooLargeError, NotTextError, NotRegularFileError].some(
    (type) => error instanceof type,
  );
  return isOurs ? (error as Error).message : `cannot be read (${systemErrorText(error)})`;
}
