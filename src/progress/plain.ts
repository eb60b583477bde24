import { escapeInvisible } from '../text/escape-invisible.js';
import type { ProgressEvent, ProgressRenderer, RendererOptions } from './events.js';
import { eventText, waitText } from './words.js';

/** The shortest time between two lines about the same thing. */
const MIN_INTERVAL_MS = 2_000;

/**
 * Plain lines with a time: one when a phase begins and one when it is done. Between them, and for
 * repeated waits with the same reason, there is at most one line every two seconds.
 */
export function plainRenderer({ stream, now }: RendererOptions): ProgressRenderer {
  /** When the last line about each thing was written. */
  const writtenAt = new Map<string, number>();
  return {
    handle(event) {
      const topic = topicOf(event);
      if (topic !== undefined) {
        if (!isDue(event, writtenAt.get(topic), now())) return;
        writtenAt.set(topic, now());
      }
      stream.write(`${new Date(now()).toISOString()} ${escapeInvisible(eventText(event))}\n`);
    },
    end() {},
  };
}

/** Lines about the same thing are limited; a message and the end of a phase are always written. */
function topicOf(event: ProgressEvent): string | undefined {
  if (event.event === 'message' || event.event === 'finished') return undefined;
  if (event.event === 'waiting') return waitText(event.service, event.reason);
  return `${event.phase} ${event.list ?? ''}`;
}

function isDue(event: ProgressEvent, writtenAt: number | undefined, now: number): boolean {
  // A phase that goes on after another one is not a new phase.
  if (event.event === 'phase') return writtenAt === undefined;
  return now - (writtenAt ?? 0) >= MIN_INTERVAL_MS;
}
