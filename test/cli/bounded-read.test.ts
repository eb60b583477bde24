/** Limits on the input that is read, which may be endless. */
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readBounded, TooLargeError } from '../../src/cli/bounded-read.js';
import { readRunText } from '../../src/cli/run-text.js';
import { unlessStopped } from '../../src/cli/unless-stopped.js';
import { systemClock } from '../../src/http/clock.js';

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
  const reading = (stopping: AbortSignal) =>
    unlessStopped(readRunText(file, process), run(stopping, 60_000));
  expect(await reading(never)).toContain('a run document');
  await expect(reading(AbortSignal.abort())).rejects.toMatchObject({ code: 'interrupted' });
});

it('reading a pipe that never ends is given up at the deadline of the run', async () => {
  const endless = new Promise<string>(() => {});
  await expect(unlessStopped(endless, run(never, 0))).rejects.toMatchObject({ code: 'time_limit' });
});

const never = new AbortController().signal;

function run(stopping: AbortSignal, leftMs: number) {
  return { stopping, deadline: systemClock.now() + leftMs };
}
