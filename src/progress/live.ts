/**
 * One live line on a terminal: phase, bar, count, rate, outcome, and what the run waits for. It changes
 * no setting of the terminal (cursor, wrapping, colours), so nothing must be restored, even if the
 * process is killed.
 */
import { escapeInvisible } from '../text/escape-invisible.js';
import { formatCount, formatDuration } from '../text/format.js';
import {
  type Phase,
  type ProgressEvent,
  type ProgressRenderer,
  type RendererOptions,
  settlesObjects,
} from './events.js';
import { eventText, settledText, waitText } from './words.js';

/** What the line shows. Times are milliseconds since the epoch. */
export interface LiveState {
  /** Undefined before the first phase. */
  phase: Phase | undefined;
  done: number;
  total: number | null;
  /** Undefined if the phase settles no objects. */
  settled: { accepted: number; rejected: number } | undefined;
  /** The rate is measured from this time and count on. */
  since: { at: number; done: number };
  waiting: { why: string; until: number } | undefined;
  /** The counts of the phases that may go on after another one, such as reading after listing. */
  doneInPhase: Partial<Record<Phase, number>>;
}

const INITIAL_STATE: LiveState = {
  phase: undefined,
  done: 0,
  total: null,
  settled: undefined,
  since: { at: 0, done: 0 },
  waiting: undefined,
  doneInPhase: {},
};

/** The state after an event. */
export function nextState(state: LiveState, event: ProgressEvent, now: number): LiveState {
  switch (event.event) {
    case 'phase': {
      const { phase, total } = event;
      if (phase === state.phase) return { ...state, total };
      const done = state.doneInPhase[phase] ?? 0;
      return { ...state, phase, total, done, settled: undefined, since: { at: now, done } };
    }
    case 'progress': {
      const { phase, done, total, accepted, rejected } = event;
      if (settlesObjects(phase)) return { ...state, done, total, settled: { accepted, rejected } };
      const doneInPhase = { ...state.doneInPhase, [phase]: done };
      return { ...state, done, total, settled: undefined, doneInPhase };
    }
    case 'waiting': {
      const why = waitText(event.service, event.reason);
      return { ...state, waiting: { why, until: now + event.wait_ms } };
    }
    case 'message':
      return state;
  }
}

const BAR_WIDTH = 24;
const NARROW_BAR_WIDTH = 10;

/**
 * The line for a state. On a narrow terminal the least important parts are left out, because a line
 * that wraps cannot be overwritten.
 */
export function liveLine(state: LiveState, now: number, columns: number): string {
  const { phase = '', settled } = state;
  const known = knownTotal(state);
  const count = countText(state, known);
  const outcome = settled ? settledText(settled.accepted, settled.rejected) : '';
  const wait = remainingWait(state, now);
  const bar = (width: number) => (known === undefined ? '' : barOf(state.done / known, width));

  const lines = [
    [phase.padEnd(8), bar(BAR_WIDTH), count, rateText(state, now), outcome, wait],
    [phase.padEnd(8), bar(NARROW_BAR_WIDTH), count, outcome, wait],
    [phase, count, outcome, wait],
    [phase.padEnd(8), bar(NARROW_BAR_WIDTH), count, wait],
    [phase, count, wait],
    [wait || phase, wait ? '' : count],
  ].map((parts) => parts.filter((part) => part !== '').join('  '));
  // The last column stays empty: some terminals wrap as soon as it is filled.
  const width = Math.max(0, columns - 1);
  return (lines.find((line) => line.length <= width) ?? lines.at(-1) ?? '').slice(0, width);
}

/** The total, unless it is not known or already exceeded. */
function knownTotal({ done, total }: LiveState): number | undefined {
  return total !== null && total > 0 && done <= total ? total : undefined;
}

function countText({ done }: LiveState, known: number | undefined): string {
  if (known !== undefined) return `${formatCount(done)}/${formatCount(known)}`;
  return done > 0 ? formatCount(done) : '';
}

/** Objects per second; empty during the first second. */
function rateText({ done, since }: LiveState, now: number): string {
  const seconds = (now - since.at) / 1000;
  if (seconds < 1 || done <= since.done) return '';
  return `${formatCount(Math.round((done - since.done) / seconds))}/s`;
}

function remainingWait({ waiting }: LiveState, now: number): string {
  if (!waiting || waiting.until <= now) return '';
  const seconds = Math.ceil((waiting.until - now) / 1000);
  return `${waiting.why}, ${formatDuration(seconds * 1000)} left`;
}

function barOf(share: number, width: number): string {
  const full = Math.floor(share * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

const ERASE_LINE = '\r\u001b[K';
/** Counts change more often than once a second. */
const FRAME_MS = 200;

/** Redraws the line until `end`. Messages are printed above it. */
export function liveRenderer({ stream, now }: RendererOptions): ProgressRenderer {
  let state: LiveState = { ...INITIAL_STATE, since: { at: now(), done: 0 } };
  let timer: NodeJS.Timeout | undefined;
  /** The line on the terminal, so that only changes are written. */
  let shown = '';

  const erase = () => {
    if (timer) stream.write(ERASE_LINE);
    shown = '';
  };
  const draw = () => {
    // The window may have been resized. A terminal that does not know its size is taken as 80 wide.
    const line = liveLine(state, now(), stream.columns || 80);
    if (line !== shown) stream.write(ERASE_LINE + line);
    shown = line;
  };
  const end = () => {
    erase();
    clearInterval(timer);
    timer = undefined;
    process.off('exit', end);
  };
  const start = () => {
    timer = setInterval(draw, FRAME_MS);
    // The line must not keep the process alive.
    timer.unref();
    process.on('exit', end);
  };

  return {
    handle(event) {
      state = nextState(state, event, now());
      if (event.event === 'message') {
        erase();
        stream.write(`${escapeInvisible(eventText(event))}\n`);
        if (timer) draw();
      } else if (event.event === 'progress') {
        // The end of a phase is drawn even if the next phase begins before the next frame.
        if (timer && event.done === event.total) draw();
      } else {
        if (!timer) start();
        draw();
      }
    },
    end,
  };
}
