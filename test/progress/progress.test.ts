import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ProgressStyle } from '../../src/progress/events.js';
import { type LiveState, liveLine, nextState } from '../../src/progress/live.js';
import { createProgress, type Progress } from '../../src/progress/progress.js';
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
    redact,
  });
  const lines = () => written.split('\n').slice(0, -1);
  return { progress, stream, written: () => written, lines };
}

const pass = (ms: number) => vi.advanceTimersByTime(ms);

/** The notifications of a run with one wait. */
function notifyOfRun(progress: Progress): void {
  progress.phase('reading', null);
  progress.phase('reading', 3000);
  progress.progress(1000, 0, 0);
  progress.phase('listing', null);
  progress.progress(200, 0, 0);
  progress.phase('reading', 3000);
  progress.progress(3000, 0, 0);
  progress.phase('planning', 3000);
  progress.phase('sending', 3000);
  pass(500);
  progress.progress(1000, 990, 10);
  progress.waiting('Vision One', 'rate_limited', Date.now() + 12_000);
  progress.waiting('Vision One', 'rate_limited', Date.now() + 12_000);
  pass(12_000);
  progress.progress(2000, 1990, 10);
  pass(300);
  progress.progress(3000, 2989, 11);
}

const hostile = 'evil\u001b[2J\u202egpj.exe\u0000\u009b31m\r\n\u0085\u{e0041}\ud800 s3cret';

describe('plain progress', () => {
  it('a plain line has a time; there is one when a phase begins or ends and when a wait begins', () => {
    const { progress, lines } = record('plain');
    notifyOfRun(progress);
    progress.end();
    expect(lines()).toEqual([
      '2026-01-01T00:00:00.000Z reading indicators',
      '2026-01-01T00:00:00.000Z listing objects on the list',
      '2026-01-01T00:00:00.000Z reading: 3,000 of 3,000',
      '2026-01-01T00:00:00.000Z planning 3,000 objects',
      '2026-01-01T00:00:00.000Z sending 3,000 objects',
      '2026-01-01T00:00:00.500Z rate limited by Vision One, waiting 12 s',
      '2026-01-01T00:00:12.500Z sending: 2,000 of 3,000, 1,990 accepted, 10 rejected',
      '2026-01-01T00:00:12.800Z sending: 3,000 of 3,000, 2,989 accepted, 11 rejected',
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
      'phase phase progress phase progress phase progress phase phase progress waiting progress progress message',
    );
    const fields: Record<string, string[]> = {
      phase: ['phase', 'total'],
      progress: ['phase', 'done', 'total', 'accepted', 'rejected'],
      waiting: ['service', 'reason', 'wait_ms'],
      message: [],
    };
    for (const entry of entries) {
      const own = fields[String(entry['event'])] ?? [];
      expect(Object.keys(entry).sort()).toEqual(
        ['time', 'level', 'event', 'message', ...own].sort(),
      );
      expect(entry['time']).toMatch(/^2026-01-01T00:00:\d\d\.\d{3}Z$/);
      expect(entry['message']).toMatch(/\S/);
    }
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
    progress.phase('listing', null);
    expect(shown(written())?.trim()).toBe('listing');
    progress.progress(400, 0, 0);
    pass(1000);
    expect(shown(written())).toBe('listing   400  400/s');
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
    expect(screenOf(before).lines).toEqual(['']);
    // The only control sequence is "carriage return, erase line".
    expect(before.replaceAll('\r\u001b[K', '')).not.toMatch(/\p{Cc}/u);
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
    phase: 'removing',
    done: 1234,
    total: 10_000,
    settled: { accepted: 12_345, rejected: 678 },
    since: { at: 0, done: 0 },
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
      'removing  ██░░░░░░░░░░░░░░░░░░░░░░  1,234/10,000  123/s  12,345 accepted, 678 rejected  rate limited by Vision One, 1 min 0 s left',
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
    expect(line).toBe('removing  5  12,345 accepted, 678 rejected');
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
    });
  });
});
