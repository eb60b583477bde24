/** Reading what may be endless. */
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readBounded, TooLargeError } from '../../src/cli/bounded-read.js';
import { readRunText } from '../../src/cli/run-text.js';

it('gives the text, whatever the pieces that it comes in', async () => {
  const bytes = [...Buffer.from('\ufeffä€😀')].map((byte) => Buffer.from([byte]));
  expect(await readBounded(Readable.from(bytes), bytes.length)).toBe('\ufeffä€😀');
  expect(await readBounded(Readable.from([]), 0)).toBe('');
});

it('ends with the first byte that is too many, and closes what it read from', async () => {
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

it('a run document is not read after a signal that came before', async () => {
  const file = fileURLToPath(import.meta.url);
  expect(await readRunText(file, process, new AbortController().signal)).toContain(
    'a run document',
  );
  const reading = readRunText(file, process, AbortSignal.abort());
  await expect(reading).rejects.toMatchObject({ code: 'interrupted' });
});
