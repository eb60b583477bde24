import { escapeInvisibleInJson } from '../text/escape-invisible.js';
import type { ProgressRenderer, RendererOptions } from './events.js';
import { eventText } from './words.js';

/** One JSON object a line for each event, with its time, for log collectors. */
export function jsonRenderer({ stream, now }: RendererOptions): ProgressRenderer {
  return {
    handle(event) {
      const level = event.event === 'message' ? event.level : 'info';
      const message = eventText(event);
      const entry = { time: new Date(now()).toISOString(), ...event, level, message };
      stream.write(`${escapeInvisibleInJson(JSON.stringify(entry))}\n`);
    },
    end() {},
  };
}
