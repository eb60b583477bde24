/**
 * Asks for values as early as possible: while one is used, the next ones are awaited, without a limit. All
 * of them keep their order, and an error comes after the values before it. No value may be undefined.
 */
export async function* readAhead<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  const arrived: T[] = [];
  let isEnded = false;
  let isStopped = false;
  let wake = () => {};
  const reading = (async () => {
    try {
      for await (const value of source) {
        arrived.push(value);
        wake();
        if (isStopped) return;
      }
    } finally {
      isEnded = true;
      wake();
    }
  })();
  // `await reading` below throws its error.
  reading.catch(() => {});
  try {
    for (;;) {
      const value = arrived.shift();
      if (value !== undefined) yield value;
      else if (isEnded) break;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
    await reading;
  } finally {
    isStopped = true;
  }
}
