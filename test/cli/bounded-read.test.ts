/** Limits on the input that is read, which may be endless. */
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readBounded, TooLargeError } from '../../src/cli/bounded-read.js';
import { readRunText } from '../../src/cli/run-text.js';
import { unlessStopped } from '../../src/cli/unless-stopped.js';

it('text is read correctly from chunks that split characters', async () => {
  const bytes = [...Buffer.from('\ufeffä€😀')].map((byte) => Buffer.from([byte]));
  expect(await readBounded(Readable.from(bytes), bytes.length)).toBe('ä€😀');
  expect(await readBounded(Readable.from([]), 0)).toBe('');
});

it('reading ends with the first byte above the limit, and the stream is closed', async () => {
  let given = 0;
  const endless = new Readable({
    read() {
      given++;
      this.push(Buffer.alloc(10));
    },
  });
  await expect(readBounded(endless, 25)).rejects.toThrow(new TooLargeError(25));
  expect(endless.destroyed).toBe(true);
  expect(given).toBeLessThan(100_000);
});

it('a run document is not read after a signal', async () => {
  const file = fileURLToPath(import.meta.url);
  const reading = (signal: AbortSignal) => unlessStopped(readRunText(file, process), signal);
  expect(await reading(new AbortController().signal)).toContain('a run document');
  await expect(reading(AbortSignal.abort())).rejects.toMatchObject({ code: 'interrupted' });
});
