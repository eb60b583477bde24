import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ProgressStyle } from '../../src/progress/events.js';
import { type LiveState, liveLine, nextState } from '../../src/progress/live.js';
import { createProgress, type Progress } from '../../src/progress/progress.js';
import { type Paint, withoutColour } from '../../src/text/paint.js';
import { screenOf } from '../support/terminal.js';

const START = Date.UTC(2026, 0, 1);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'], now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A progress of a style, with a stream that records what is written to it. */
function record(
  style: ProgressStyle,
  columns: number | undefined = 100,
  redact = (text: string) => text.replaceAll('s3cret', '[redacted]'),
  paint = withoutColour,
) {
  let written = '';
  const stream = {
    isTTY: true,
    columns,
    write: (text: string) => {
      written += text;
      return true;
    },
  };
  const progress = createProgress(style, {
    stream: stream as unknown as NodeJS.WriteStream,
    now: Date.now,
    paint,
    redact,
  });
  const lines = () => written.split('\n').slice(0, -1);
  return { progress, stream, written: () => written, lines };
}

const pass = (ms: number) => vi.advanceTimersByTime(ms);

const LIST = 'Suspicious Object List';

/** The notifications of a run with one wait. */
function notifyOfRun(progress: Progress): void {
  progress.phase('reading', null);
  progress.phase('reading', 3000);
  progress.progress(1000, 0, 0);
  progress.phase('listing', null, LIST);
  progress.progress(200, 0, 0);
  progress.phase('reading', 3000);
  progress.progress(3000, 0, 0);
  progress.finished({ phase: 'reading', done: 3000, rejected: 0, took_ms: 1234 });
  progress.phase('listing', null, LIST);
  progress.finished({ phase: 'listing', list: LIST, done: 200, rejected: 0, took_ms: 800 });
  progress.phase('planning', 3000);
  progress.finished({ phase: 'planning', done: 3000, rejected: 0, took_ms: 8.9 });
  progress.phase('sending', 3000);
  pass(500);
  progress.progress(1000, 990, 10);
  progress.waiting('Vision One', 'rate_limited', Date.now() + 12_000);
  progress.waiting('Vision One', 'rate_limited', Date.now() + 12_000);
  pass(12_000);
  progress.progress(2000, 1990, 10);
  pass(300);
  progress.progress(3000, 2989, 11);
  progress.finished({ phase: 'sending', done: 3000, rejected: 11, took_ms: 12_800 });
}

const hostile = 'evil\u001b[2J\u202egpj.exe\u0000\u009b31m\r\n\u0085\u{e0041}\ud800 s3cret';

describe('plain progress', () => {
  it('a plain line has a time; there is one when a phase begins or ends and when a wait begins', () => {
    const { progress, lines } = record('plain');
    notifyOfRun(progress);
    progress.end();
    expect(lines()).toEqual([
      '2026-01-01T00:00:00.000Z reading indicators',
      '2026-01-01T00:00:00.000Z listing objects on the Suspicious Object List',
      '2026-01-01T00:00:00.000Z read 3,000 indicators in 1.2 s',
      '2026-01-01T00:00:00.000Z read 200 objects on the Suspicious Object List in 800 ms',
      '2026-01-01T00:00:00.000Z planning 3,000 objects',
      '2026-01-01T00:00:00.000Z planned 3,000 objects in 9 ms',
      '2026-01-01T00:00:00.000Z sending 3,000 objects',
      '2026-01-01T00:00:00.500Z rate limited by Vision One, waiting 12 s',
      '2026-01-01T00:00:12.500Z sending: 2,000 of 3,000, 1,990 accepted, 10 rejected',
      '2026-01-01T00:00:12.800Z sent 3,000 objects in 12.8 s (11 rejected)',
    ]);
  });

  it('plain lines about the same phase or wait are at least two seconds apart', () => {
    const { progress, lines } = record('plain');
    progress.phase('sending', 100_000);
    for (let at = 1; at <= 600; at++) {
      progress.progress(at, at, 0);
      progress.waiting('Vision One', 'rate_limited', Date.now() + 50);
      pass(100);
    }
    expect(lines().filter((line) => line.includes('sending: ')).length).toBeLessThanOrEqual(30);
    expect(lines().filter((line) => line.includes('waiting')).length).toBeLessThanOrEqual(30);
  });

  it('a wait for one service has a plain line while the run also waits for another service', () => {
    const { progress, lines } = record('plain');
    progress.waiting('ThreatQ', 'service_unavailable', Date.now() + 60_000);
    progress.waiting('Vision One', 'no_answer', Date.now() + 400);
    expect(lines().map((line) => line.slice(25))).toEqual([
      'ThreatQ is not available, waiting 1 min 0 s',
      'Vision One gives no answer, waiting 400 ms',
    ]);
  });

  it('a plain line escapes invisible characters and redacts secrets', () => {
    const { progress, lines, written } = record('plain');
    progress.message('warning', hostile);
    expect(lines()).toEqual([
      '2026-01-01T00:00:00.000Z evil\\u{1b}[2J\\u{202e}gpj.exe\\u{0}\\u{9b}31m\\u{d}\\u{a}\\u{85}\\u{e0041}\\u{d800} [redacted]',
    ]);
    expect(written()).not.toContain('\u001b');
  });
});

describe('JSON progress', () => {
  it('every event is one JSON line with the documented fields', () => {
    const { progress, lines } = record('json');
    notifyOfRun(progress);
    progress.message('warning', 'SIGINT');
    progress.end();
    const entries = lines().map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(entries.map(({ event }) => event).join(' ')).toBe(
      'phase phase progress phase progress phase progress finished phase finished phase finished phase progress waiting progress progress finished message',
    );
    const fields: Record<string, string[]> = {
      phase: ['phase', 'total'],
      progress: ['phase', 'done', 'total', 'accepted', 'rejected'],
      finished: ['phase', 'done', 'rejected', 'took_ms'],
      waiting: ['service', 'reason', 'wait_ms'],
      message: [],
    };
    for (const entry of entries) {
      const own = [...(fields[String(entry['event'])] ?? [])];
      if (entry['phase'] === 'listing') own.push('list');
      expect(Object.keys(entry).sort()).toEqual(
        ['time', 'level', 'event', 'message', ...own].sort(),
      );
      expect(entry['time']).toMatch(/^2026-01-01T00:00:\d\d\.\d{3}Z$/);
      expect(entry['message']).toMatch(/\S/);
    }
    expect(entries.filter(({ event }) => event === 'finished')[2]).toMatchObject({
      phase: 'planning',
      took_ms: 9,
    });
    expect(entries.find(({ event }) => event === 'waiting')).toEqual({
      time: '2026-01-01T00:00:00.500Z',
      event: 'waiting',
      service: 'Vision One',
      reason: 'rate_limited',
      wait_ms: 12_000,
      level: 'info',
      message: 'rate limited by Vision One, waiting 12 s',
    });
    expect(entries.at(-1)).toMatchObject({ level: 'warning', message: 'SIGINT' });
  });

  it('a hostile message becomes one line of valid JSON with invisible characters escaped', () => {
    const { progress, lines } = record('json');
    progress.message('error', hostile);
    expect(lines()).toHaveLength(1);
    const [line = ''] = lines();
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
    expect((JSON.parse(line) as { message: string }).message).toBe(
      hostile.replace('s3cret', '[redacted]'),
    );
  });
});

describe.each(['plain', 'json', 'live', 'quiet'] as const)('%s progress', (style) => {
  it(`${style} progress redacts messages and no other event`, () => {
    // The words of other events are constants of this program, even if one of them is a secret.
    const everything = () => '[redacted]';
    const [hidden, shown] = [record(style, 100, everything), record(style)];
    for (const { progress } of [hidden, shown]) {
      vi.setSystemTime(START);
      notifyOfRun(progress);
      progress.end();
    }
    expect(hidden.written()).toBe(shown.written());
    hidden.progress.message('error', 'any words');
    const said = hidden.lines().at(-1);
    expect(said).toContain('[redacted]');
    expect(said).not.toContain('any words');
  });
});

describe('quiet progress', () => {
  it('quiet progress shows only warnings and errors', () => {
    const { progress, lines, written } = record('quiet');
    notifyOfRun(progress);
    progress.message('info', 'an information');
    progress.end();
    expect(written()).toBe('');
    progress.message('warning', 'a warning');
    progress.message('error', hostile);
    expect(lines()).toEqual(['a warning', expect.stringContaining('\\u{1b}[2J')]);
    expect(written()).not.toContain('s3cret');
  });
});

describe('the live line', () => {
  const shown = (written: string) => screenOf(written).lines.at(-1);

  it('the live line shows phase, bar, count, rate and outcome', () => {
    const { progress, written } = record('live');
    progress.phase('sending', 3000);
    expect(shown(written())).toBe('sending   ░░░░░░░░░░░░░░░░░░░░░░░░  0/3,000');
    pass(2000);
    progress.progress(1500, 1490, 10);
    pass(200);
    expect(shown(written())).toBe(
      'sending   ████████████░░░░░░░░░░░░  1,500/3,000  682/s  1,490 accepted, 10 rejected',
    );
    progress.end();
  });

  it('the live line counts down the rest of a wait', () => {
    const { progress, written } = record('live', 140);
    progress.phase('sending', 3000);
    progress.waiting('Vision One', 'rate_limited', Date.now() + 12_000);
    const seen = [12, 11, 10].map((left) => {
      expect(shown(written())).toContain(`rate limited by Vision One, ${left} s left`);
      pass(1000);
      return left;
    });
    expect(seen).toHaveLength(3);
    pass(10_000);
    expect(shown(written())).not.toContain('left');
    progress.end();
  });

  it('the live line shows a wait before the first phase, as in a check', () => {
    const { progress, written } = record('live');
    progress.waiting('ThreatQ', 'service_unavailable', Date.now() + 3000);
    expect(shown(written())?.trim()).toBe('ThreatQ is not available, 3 s left');
    progress.end();
    expect(shown(written())).toBe('');
  });

  it('the live line keeps the count of reading while a list is read in between', () => {
    const { progress, written } = record('live');
    progress.phase('reading', 4000);
    progress.progress(2000, 0, 0);
    progress.phase('listing', null, LIST);
    expect(shown(written())?.trim()).toBe('listing   Suspicious Object List');
    progress.progress(400, 0, 0);
    pass(1000);
    expect(shown(written())).toBe('listing   Suspicious Object List  400  400/s');
    progress.phase('reading', 4000);
    expect(shown(written())).toContain('2,000/4,000');
    progress.progress(3000, 0, 0);
    pass(1000);
    expect(shown(written())).toContain('3,000/4,000  1,000/s');
    progress.end();
  });

  it('the live line is erased at the end, changes no terminal setting and does not keep the process alive', () => {
    const { progress, written } = record('live');
    notifyOfRun(progress);
    progress.end();
    const before = written();
    pass(60_000);
    progress.end();
    expect(written()).toBe(before);
    expect(screenOf(before).lines.at(-1)).toBe('');
    // The only control sequence is "carriage return, erase line".
    expect(before.replaceAll('\r\u001b[K', '').replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(vi.getTimerCount()).toBe(0);
    expect(process.listeners('exit').map(({ name }) => name)).not.toContain('end');
  });

  it('the live line is erased when the process exits without an end', () => {
    const { progress, written } = record('live');
    const before = new Set(process.listeners('exit'));
    progress.phase('sending', 10);
    const [atExit] = process.listeners('exit').filter((listener) => !before.has(listener));
    atExit?.(1);
    expect(screenOf(written()).lines).toEqual(['']);
  });

  it('a message scrolls by above the live line, escaped and redacted', () => {
    const { progress, written } = record('live');
    progress.phase('sending', 10);
    progress.message('warning', hostile);
    const { lines } = screenOf(written());
    expect(lines[0]).toMatch(/^evil\\u\{1b\}\[2J\\u\{202e\}.*\[redacted\]$/);
    expect(lines[1]).toContain('sending');
    progress.end();
  });

  it('the live line is not written again if it did not change', () => {
    const { progress, written } = record('live');
    progress.phase('sending', 10);
    const before = written();
    pass(60_000);
    expect(written()).toBe(before);
    progress.end();
  });

  const state: LiveState = {
    phase: 'sending',
    list: undefined,
    done: 1234,
    total: 10_000,
    settled: { accepted: 12_345, rejected: 678 },
    since: { at: 0, done: 0 },
    last: { at: 9_000, done: 1234 },
    waiting: { why: 'rate limited by Vision One', until: 70_000 },
    doneInPhase: {},
  };

  it('the live line fits any width and keeps the wait longest', () => {
    for (let columns = 0; columns < 130; columns++) {
      const line = liveLine(state, 10_000, columns);
      expect(line.length).toBeLessThan(Math.max(1, columns));
      if (columns > 45) expect(line).toContain('rate limited by Vision One, 1 min 0 s left');
      if (columns > 70) expect(line).toContain('1,234/10,000');
    }
  });

  it('the live line has all its parts on a wide terminal', () => {
    expect(liveLine(state, 10_000, 140)).toBe(
      'sending   ██░░░░░░░░░░░░░░░░░░░░░░  1,234/10,000  123/s  12,345 accepted, 678 rejected  rate limited by Vision One, 1 min 0 s left',
    );
  });

  it('the live line follows a window that becomes narrower', () => {
    const { progress, stream, written } = record('live');
    progress.phase('sending', 1000);
    stream.columns = 20;
    progress.progress(1, 1, 0);
    pass(200);
    expect(shown(written())?.length).toBeLessThan(20);
    progress.end();
  });

  it('the live line has no bar if more is done than the total', () => {
    const line = liveLine({ ...state, done: 5, total: 3, waiting: undefined }, 0, 100);
    expect(line).toBe('sending   5  12,345 accepted, 678 rejected');
  });

  it('the state of the live line after a phase change has no outcome of the phase before', () => {
    const listing = { event: 'phase', phase: 'listing', total: null } as const;
    expect(nextState(state, listing, 5_000)).toEqual({
      ...state,
      phase: 'listing',
      done: 0,
      total: null,
      settled: undefined,
      since: { at: 5_000, done: 0 },
      last: { at: 5_000, done: 0 },
    });
  });

  it('each phase that is done leaves one line with a tick and its time, also if phases alternate', () => {
    const { progress, written } = record('live');
    notifyOfRun(progress);
    progress.end();
    expect(screenOf(written()).lines).toEqual([
      '✓ read 3,000 indicators in 1.2 s',
      '✓ read 200 objects on the Suspicious Object List in 800 ms',
      '✓ planned 3,000 objects in 9 ms',
      '✓ sent 3,000 objects in 12.8 s (11 rejected)',
      '',
    ]);
  });

  it('a phase that was cut short leaves no line', () => {
    const { progress, written } = record('live');
    progress.phase('reading', 3000);
    progress.progress(1000, 0, 0);
    progress.phase('sending', 1000);
    progress.progress(1000, 1000, 0);
    progress.end();
    expect(screenOf(written()).lines).toEqual(['']);
  });

  it('the live line of a phase goes on when another one is done', () => {
    const { progress, written } = record('live');
    progress.phase('listing', null, LIST);
    progress.progress(100, 0, 0);
    progress.finished({
      phase: 'listing',
      list: 'Exception List',
      done: 1,
      rejected: 0,
      took_ms: 5,
    });
    expect(screenOf(written()).lines).toEqual([
      '✓ read 1 object on the Exception List in 5 ms',
      'listing   Suspicious Object List  100',
    ]);
    progress.end();
  });

  it('the live line says nothing of a phase that is done until the next one begins', () => {
    const { progress, written } = record('live');
    progress.phase('reading', 10);
    progress.progress(10, 0, 0);
    progress.finished({ phase: 'reading', done: 10, rejected: 0, took_ms: 5 });
    pass(1000);
    expect(shown(written())?.trim()).toBe('');
    progress.end();
  });

  it('a tick is green, or yellow if objects were rejected; warnings are yellow and errors red', () => {
    const tagged: Paint = (colour, text) => `<${colour} ${text}>`;
    const { progress, written } = record('live', 100, undefined, tagged);
    progress.finished({ phase: 'sending', done: 2, rejected: 0, took_ms: 5 });
    progress.finished({ phase: 'sending', done: 2, rejected: 1, took_ms: 5 });
    for (const level of ['info', 'warning', 'error'] as const) progress.message(level, 'x\u001b');
    expect(written().split('\n')).toEqual([
      '<green ✓> sent 2 objects in 5 ms',
      '<yellow ✓> sent 2 objects in 5 ms (1 rejected)',
      'x\\u{1b}',
      '<yellow x\\u{1b}>',
      '<red x\\u{1b}>',
      '',
    ]);
  });

  it('removals are not counted as accepted', () => {
    const { progress, written } = record('live');
    progress.phase('removing', 20);
    progress.progress(10, 0, 0);
    pass(200);
    expect(shown(written())).toMatch(/10\/20 {2}0 rejected$/);
    progress.end();
  });
});

describe('the time left', () => {
  /** What a line says about it, when `done` of 1,000 objects were settled after a time, in milliseconds. */
  const leftAfter = (done: number, took: number, more: Partial<LiveState> = {}, now = took) => {
    const state: LiveState = {
      phase: 'sending',
      list: undefined,
      done,
      total: 1_000,
      settled: { accepted: done, rejected: 0 },
      since: { at: 0, done: 0 },
      last: { at: took, done },
      waiting: undefined,
      doneInPhase: {},
      ...more,
    };
    return / {2}(about .+)$/.exec(liveLine(state, now, 200))?.[1];
  };

  it.each([
    [500, 12_000, 'about 12 s left'],
    [200, 10_400, 'about 40 s left'],
    [100, 10_000, 'about 90 s left'],
    [100, 60_000, 'about 9 min left'],
    [999, 10_000, 'about 1 s left'],
  ])('%i of 1,000 objects after %i ms: %s', (done, took, text) => {
    expect(leftAfter(done, took)).toBe(text);
  });

  it('the time left counts down between two answers, and is not shown once it has passed', () => {
    expect(leftAfter(500, 12_000, {}, 15_000)).toBe('about 9 s left');
    expect(leftAfter(500, 12_000, {}, 24_000)).toBeUndefined();
  });

  it('the time left is not shown before it means something, during a wait, or while reading', () => {
    expect(leftAfter(500, 2_999)).toBeUndefined();
    expect(leftAfter(49, 60_000)).toBeUndefined();
    expect(leftAfter(0, 60_000)).toBeUndefined();
    expect(leftAfter(1_000, 10_000)).toBeUndefined();
    const waiting = { why: 'rate limited by Vision One', until: 99_000 };
    expect(leftAfter(500, 12_000, { waiting })).toBeUndefined();
    expect(leftAfter(500, 12_000, { phase: 'reading', settled: undefined })).toBeUndefined();
    expect(leftAfter(500, 12_000, { total: null })).toBeUndefined();
  });

  it('the time left is measured from the last progress, which is a part of the state', () => {
    const begin = { event: 'phase', phase: 'sending', total: 1_000 } as const;
    const done = (count: number) =>
      ({ ...begin, event: 'progress', done: count, accepted: count, rejected: 0 }) as const;
    const none = { doneInPhase: {} } as LiveState;
    const half = nextState(nextState(none, begin, 1_000), done(500), 11_000);
    expect(liveLine(half, 12_000, 200)).toMatch(/ {2}about 9 s left$/);
  });
});
