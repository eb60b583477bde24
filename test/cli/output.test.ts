/** What happens if the text that is written cannot be made. */
import { expect, it } from 'vitest';
import { writeOutput } from '../../src/cli/output.js';

const LONG = 'x'.repeat(100_000);

function collector() {
  const written: string[] = [];
  const write = (chunk: string, done: (error?: Error | null) => void) => {
    written.push(chunk);
    done();
    return true;
  };
  return { written, stdout: { write, isTTY: false } as unknown as NodeJS.WriteStream };
}

function* failing(...pieces: string[]): Generator<string> {
  yield* pieces;
  throw new Error('a defect');
}

it('all pieces are written in order', async () => {
  const { written, stdout } = collector();
  expect(await writeOutput(stdout, ['a', LONG, 'b'], 1_000)).toBeUndefined();
  expect(written.join('')).toBe(`a${LONG}b`);
});

it('an error before the first chunk is thrown, so that another text can be written', async () => {
  const { written, stdout } = collector();
  await expect(writeOutput(stdout, failing('a'), 1_000)).rejects.toThrow('a defect');
  expect(written).toEqual([]);
});

it('an error after a part was written is returned, so that no second document follows', async () => {
  const { written, stdout } = collector();
  expect(await writeOutput(stdout, failing(LONG), 1_000)).toBe('an internal error');
  expect(written).toEqual([LONG]);
});
