/**
 * One live line at a terminal: phase, bar, count, rate, outcome, and what is waited for. It changes no
 * setting of the terminal (cursor, wrapping, colours), so that nothing has to be put back: a run that is
 * killed leaves it as usable as one that ends.
 */
import type { Phase } from '../export/job.js';
import { visible } from '../text/escape-invisible.js';
import type { ProgressEvent, ProgressOptions, Renderer } from './events.js';
import { whyWaiting, wordsFor } from './events.js';

/** What the line shows, as far as it is known. */
export interface LiveState {
  phase: string;
  done: number;
  total: number | null;
  /** Undefined where the phase settles no objects. */
  settled: { accepted: number; rejected: number } | undefined;
  /** From when on, and from what count on, the rate is measured. */
  since: { at: number; done: number };
  waiting: { why: string; until: number } | undefined;
}

const BAR_WIDTH = 24;
const NARROW_BAR_WIDTH = 10;
/** The countdown changes once a second; counts should look alive. */
const FRAME_MS = 200;

/**
 * The line for a state at a moment. Where the terminal is narrow the parts that matter least go
 * first, so that it never wraps: a line that wraps cannot be drawn over.
 */
export function liveLine(state: LiveState, now: number, columns: number): string {
  const { phase, done, total, settled, since } = state;
  const known = total !== null && total > 0 && done <= total ? total : null;
  const count = known !== null ? `${done}/${known}` : done > 0 ? String(done) : '';
  const seconds = (now - since.at) / 1000;
  const isMoving = seconds >= 1 && done > since.done;
  const rate = isMoving ? `${Math.round((done - since.done) / seconds)}/s` : '';
  const outcome = settled ? `${settled.accepted} accepted, ${settled.rejected} rejected` : '';
  const leftMs = state.waiting ? state.waiting.until - now : 0;
  const wait = leftMs > 0 ? `${state.waiting?.why}, ${Math.ceil(leftMs / 1000)} s left` : '';
  const bar = (width: number) => (known === null ? '' : barOf(done / known, width));

  const lines = [
    [phase.padEnd(8), bar(BAR_WIDTH), count, rate, outcome, wait],
    [phase.padEnd(8), bar(NARROW_BAR_WIDTH), count, outcome, wait],
    [phase, count, outcome, wait],
    [phase.padEnd(8), bar(NARROW_BAR_WIDTH), count, wait],
    [phase, count, wait],
    [wait || phase, wait ? '' : count],
  ].map((parts) => parts.filter((part) => part !== '').join('  '));
  // The last column stays free: a terminal may wrap as soon as it is filled.
  const room = Math.max(0, columns - 1);
  return (lines.find((line) => line.length <= room) ?? lines.at(-1) ?? '').slice(0, room);
}

function barOf(share: number, width: number): string {
  const full = Math.floor(share * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

const ERASE_LINE = '\r\u001b[K';

/** Draws the line again and again until `end`; messages scroll by above it. */
export function liveRenderer({ stream, now }: ProgressOptions): Renderer {
  const state: LiveState = {
    phase: '',
    done: 0,
    total: null,
    settled: undefined,
    since: { at: now(), done: 0 },
    waiting: undefined,
  };
  /** How far the phases came that are entered again where they were left: one reads, lists, reads. */
  const reached = new Map<Phase, number>();
  let frame: NodeJS.Timeout | undefined;
  /** What stands on the line, so that only changes are written. */
  let shown = '';

  const erase = () => {
    if (frame) stream.write(ERASE_LINE);
    shown = '';
  };
  const draw = () => {
    // Asked each time, for a window may be made narrower. A terminal without a size has none to keep to.
    // All its words are our own: there is nothing to escape in it.
    const line = liveLine(state, now(), stream.columns || 80);
    if (line !== shown) stream.write(ERASE_LINE + line);
    shown = line;
  };
  const keepDrawing = () => {
    if (!frame) {
      frame = setInterval(draw, FRAME_MS);
      // The line must never be what keeps a process alive.
      frame.unref();
      process.on('exit', end);
    }
    draw();
  };
  const end = () => {
    erase();
    clearInterval(frame);
    frame = undefined;
    process.off('exit', end);
  };

  return {
    tell(event: ProgressEvent) {
      switch (event.event) {
        case 'phase': {
          const { phase, total } = event;
          if (phase !== state.phase) {
            const done = reached.get(phase) ?? 0;
            Object.assign(state, { phase, done, settled: undefined, since: { at: now(), done } });
          }
          state.total = total;
          keepDrawing();
          break;
        }
        case 'progress': {
          const { phase, done, total, accepted, rejected } = event;
          const settles = phase === 'sending' || phase === 'removing';
          Object.assign(state, {
            done,
            total,
            settled: settles ? { accepted, rejected } : undefined,
          });
          if (!settles) reached.set(phase, done);
          // The end of a phase is shown even where it comes sooner than the next picture.
          if (frame && done === total) draw();
          break;
        }
        case 'waiting':
          state.waiting = {
            why: whyWaiting(event.service, event.reason),
            until: now() + event.wait_ms,
          };
          keepDrawing();
          break;
        case 'message':
          erase();
          stream.write(`${visible(wordsFor(event))}\n`);
          if (frame) draw();
          break;
      }
    },
    end,
  };
}
