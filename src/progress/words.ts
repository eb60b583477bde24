/** Events in words. */
import type { ServiceName } from '../result/exchange-record.js';
import type { StopReason } from '../result/reasons.js';
import { formatCount, formatDuration } from '../text/format.js';
import { type Phase, type ProgressEvent, settlesObjects } from './events.js';

const THINGS: Record<Phase, string> = {
  reading: 'indicators',
  listing: 'objects on the list',
  planning: 'objects',
  sending: 'objects',
  removing: 'objects',
};

/** An event in words. A message is returned unchanged, so it may contain invisible characters. */
export function eventText(event: ProgressEvent): string {
  switch (event.event) {
    case 'phase':
      return phaseText(event);
    case 'progress':
      return progressText(event);
    case 'waiting':
      return `${waitText(event.service, event.reason)}, waiting ${formatDuration(event.wait_ms)}`;
    case 'message':
      return event.message;
  }
}

/** Why a run waits. */
export function waitText(service: ServiceName, reason: StopReason): string {
  if (reason === 'rate_limited') return `rate limited by ${service}`;
  return `${service} ${reason === 'service_unavailable' ? 'is not available' : 'gives no answer'}`;
}

export function settledText(accepted: number, rejected: number): string {
  return `${formatCount(accepted)} accepted, ${formatCount(rejected)} rejected`;
}

function phaseText({ phase, total }: ProgressEvent & { event: 'phase' }): string {
  return `${phase} ${total === null ? '' : `${formatCount(total)} `}${THINGS[phase]}`;
}

function progressText(event: ProgressEvent & { event: 'progress' }): string {
  const { phase, done, total, accepted, rejected } = event;
  const of = total === null ? '' : ` of ${formatCount(total)}`;
  const settled = settlesObjects(phase) ? `, ${settledText(accepted, rejected)}` : '';
  return `${phase}: ${formatCount(done)}${of}${settled}`;
}
