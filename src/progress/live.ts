/**
 * One live line on a terminal: phase, bar, count, rate, time left, outcome, and what the run waits for.
 * A phase that is done leaves a line with a tick above it. It changes no setting of the terminal (cursor,
 * wrapping; each coloured text ends its colour), so nothing needs to be restored, even if the process is
 * killed.
 */
import { escapeInvisible } from '../text/escape-invisible.js';
import { formatCount, formatDuration } from '../text/format.js';
import type { Colour, Paint } from '../text/paint.js';
import {
  type Level,
  type Phase,
  type ProgressEvent,
  type ProgressRenderer,
  type RendererOptions,
  settlesObjects,
} from './events.js';
import { eventText, settledText, waitText } from './words.js';

/** What the line shows. Times are milliseconds since the epoch. */
export interface LiveState {
  /** Undefined before the first phase, and between a phase that is done and the next one. */
  phase: Phase | undefined;
  /** The list that is read. */
  list: string | undefined;
  done: number;
  total: number | null;
  /** Undefined if the phase settles no objects. */
  settled: { accepted: number; rejected: number } | undefined;
  /** The rate is measured from this time and count on. */
  since: Measured;
  /** The last progress of the phase. */
  last: Measured;
  waiting: { why: string; until: number } | undefined;
  /** The counts of the phases that may go on after another one, such as reading after listing. */
  doneInPhase: Record<string, number>;
}

interface Measured {
  at: number;
  done: number;
}

const NEVER: Measured = { at: 0, done: 0 };

const NO_PHASE = {
  phase: undefined,
  list: undefined,
  done: 0,
  total: null,
  settled: undefined,
  since: NEVER,
  last: NEVER,
};

const INITIAL_STATE: LiveState = { ...NO_PHASE, waiting: undefined, doneInPhase: {} };

/** The state after an event. */
export function nextState(state: LiveState, event: ProgressEvent, now: number): LiveState {
  switch (event.event) {
    case 'phase': {
      const { phase, list, total } = event;
      if (isCurrent(state, event)) return { ...state, total };
      const done = state.doneInPhase[keyOf(event)] ?? 0;
      const begun = { at: now, done };
      return { ...state, phase, list, total, done, settled: undefined, since: begun, last: begun };
    }
    case 'progress': {
      const { phase, done, total, accepted, rejected } = event;
      const next = { ...state, done, total, last: { at: now, done } };
      if (settlesObjects(phase)) return { ...next, settled: { accepted, rejected } };
      const doneInPhase = { ...state.doneInPhase, [keyOf(event)]: done };
      return { ...next, settled: undefined, doneInPhase };
    }
    case 'finished':
      return isCurrent(state, event) ? { ...state, ...NO_PHASE } : state;
    case 'waiting': {
      const why = waitText(event.service, event.reason);
      return { ...state, waiting: { why, until: now + event.wait_ms } };
    }
    case 'message':
      return state;
  }
}

type PhaseOf = Pick<LiveState, 'phase'> & { list?: string | undefined };

function isCurrent(state: LiveState, event: PhaseOf): boolean {
  return state.phase === event.phase && state.list === event.list;
}

const keyOf = ({ phase, list = '' }: PhaseOf) => `${phase} ${list}`;

const BAR_WIDTH = 24;
const NARROW_BAR_WIDTH = 10;

/**
 * The line for a state. On a narrow terminal the least important parts are left out, because a line
 * that wraps cannot be overwritten.
 */
export function liveLine(state: LiveState, now: number, columns: number): string {
  const { phase = '', list, settled } = state;
  const known = knownTotal(state);
  const count = countText(state, known);
  const outcome = settled && state.phase ? settledText({ phase: state.phase, ...settled }) : '';
  const wait = remainingWait(state, now);
  const left = wait === '' ? timeLeft(state, now) : '';
  const bar = (width: number) => (known === undefined ? '' : barOf(state.done / known, width));

  const lines = [
    [phase.padEnd(8), list, bar(BAR_WIDTH), count, rateText(state, now), outcome, left, wait],
    [phase.padEnd(8), list, bar(NARROW_BAR_WIDTH), count, outcome, left, wait],
    [phase, count, outcome, wait],
    [phase.padEnd(8), bar(NARROW_BAR_WIDTH), count, left, wait],
    [phase.padEnd(8), bar(NARROW_BAR_WIDTH), count, wait],
    [phase, count, wait],
    [wait || phase, wait ? '' : count],
  ].map((parts) => parts.filter(Boolean).join('  '));
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

/** The least that must be known for an estimate: time in milliseconds, and a share of the objects. */
const MIN_MEASURED_MS = 3_000;
const MIN_MEASURED_SHARE = 0.05;

/**
 * `about 12 s left`, from the average rate of the phase until its last progress: the rate of the last
 * seconds jumps with each answer. Empty until enough is known, and once the estimate has passed.
 */
function timeLeft({ phase, total, since, last }: LiveState, now: number): string {
  if (!phase || !settlesObjects(phase) || total === null || last.done >= total) return '';
  const [took, done] = [last.at - since.at, last.done - since.done];
  if (took < MIN_MEASURED_MS || done < total * MIN_MEASURED_SHARE) return '';
  const estimate = (total - last.done) * (took / done);
  const seconds = Math.ceil((last.at + estimate - now) / 1000);
  if (seconds <= 0) return '';
  if (seconds < 20) return `about ${seconds} s left`;
  // In steps of 5 s and of minutes: it is an estimate.
  return seconds < 120
    ? `about ${Math.round(seconds / 5) * 5} s left`
    : `about ${Math.round(seconds / 60)} min left`;
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

/** The colour of a message; one without a colour is ordinary. */
const LEVEL_COLOURS: Record<Level, Colour | undefined> = {
  info: undefined,
  warning: 'yellow',
  error: 'red',
};

/** The line that stays on the terminal after an event; undefined if none does. */
function lastingLine(event: ProgressEvent, paint: Paint): string | undefined {
  if (event.event === 'finished') {
    const tick = paint(event.rejected > 0 ? 'yellow' : 'green', '✓');
    return `${tick} ${escapeInvisible(eventText(event))}`;
  }
  if (event.event !== 'message') return undefined;
  const colour = LEVEL_COLOURS[event.level];
  const text = escapeInvisible(event.message);
  return colour ? paint(colour, text) : text;
}

/** Redraws the line until `end`. Messages, and the phases that are done, are printed above it. */
export function liveRenderer({ stream, now, paint }: RendererOptions): ProgressRenderer {
  let state: LiveState = INITIAL_STATE;
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
      const lasting = lastingLine(event, paint);
      // What is counted last is drawn even if the phase ends before the next frame.
      if (timer && event.event === 'finished') draw();
      state = nextState(state, event, now());
      if (lasting !== undefined) {
        erase();
        stream.write(`${lasting}\n`);
        if (timer) draw();
      } else if (event.event !== 'progress') {
        if (!timer) start();
        draw();
      }
    },
    end,
  };
}
