/** One live line at a terminal: phase, bar, count, rate, outcome, and what is waited for. */
import cliProgress from 'cli-progress';
import type { ProgressEvent, ProgressOptions, Renderer } from './progress.js';
import { whyWaiting, wordsFor } from './progress.js';
import { visible } from './visible.js';

/** What the line shows, as far as it is known. */
interface State {
  phase: string;
  done: number;
  total: number | null;
  accepted: number;
  rejected: number;
  /** When the phase began, for the rate. */
  since: number;
  waiting: { why: string; until: number } | undefined;
}

const BAR_WIDTH = 24;
const FRAMES_PER_SECOND = 5;

/** The line for a state at a moment, cut to a terminal's width. */
export function liveLine(state: State, now: number, columns: number): string {
  const { phase, done, total, accepted, rejected } = state;
  const parts = [phase.padEnd(8)];
  if (total !== null && total > 0) {
    const full = Math.min(BAR_WIDTH, Math.round((done / total) * BAR_WIDTH));
    parts.push('█'.repeat(full) + '░'.repeat(BAR_WIDTH - full), `${done}/${total}`);
  } else {
    parts.push(String(done));
  }
  const seconds = (now - state.since) / 1000;
  if (seconds >= 1 && done > 0) parts.push(`${Math.round(done / seconds)}/s`);
  if (accepted + rejected > 0) parts.push(`${accepted} accepted, ${rejected} rejected`);
  const left = state.waiting ? state.waiting.until - now : 0;
  if (state.waiting && left > 0)
    parts.push(`${state.waiting.why}, ${Math.ceil(left / 1000)} s left`);
  return parts.join('  ').slice(0, Math.max(20, columns - 1));
}

export function liveRenderer({ stream, now, redact }: ProgressOptions): Renderer {
  const state: State = {
    phase: '',
    done: 0,
    total: null,
    accepted: 0,
    rejected: 0,
    since: now(),
    waiting: undefined,
  };
  const bar = new cliProgress.SingleBar({
    stream,
    fps: FRAMES_PER_SECOND,
    clearOnComplete: true,
    // The host decides what a signal does; the line only has to be put away.
    gracefulExit: false,
    hideCursor: null,
    format: () => redact(visible(liveLine(state, now(), stream.columns ?? 80))),
  });
  let drawn = false;
  const draw = () => {
    if (!drawn) bar.start(1, 0);
    drawn = true;
  };
  const put = () => {
    if (drawn) bar.stop();
    drawn = false;
  };
  return {
    tell(event: ProgressEvent) {
      switch (event.event) {
        case 'phase':
          if (event.phase !== state.phase) Object.assign(state, { since: now(), done: 0 });
          Object.assign(state, { phase: event.phase, total: event.total });
          draw();
          break;
        case 'progress': {
          const { done, total, accepted, rejected } = event;
          Object.assign(state, { done, total, accepted, rejected });
          break;
        }
        case 'waiting':
          state.waiting = {
            why: whyWaiting(event.service, event.reason),
            until: now() + event.wait_ms,
          };
          break;
        case 'message': {
          const wasDrawn = drawn;
          put();
          stream.write(`${visible(redact(wordsFor(event)))}\n`);
          if (wasDrawn) draw();
          break;
        }
      }
    },
    end: put,
  };
}
