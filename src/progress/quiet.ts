import { escapeInvisible } from '../text/escape-invisible.js';
import type { ProgressRenderer, RendererOptions } from './events.js';

/** No progress: only warnings and errors, because no other output contains them. */
export function quietRenderer({ stream }: RendererOptions): ProgressRenderer {
  return {
    handle(event) {
      if (event.event !== 'message' || event.level === 'info') return;
      stream.write(`${escapeInvisible(event.message)}\n`);
    },
    end() {},
  };
}
