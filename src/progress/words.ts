/** Events in words. */
import type { ServiceName } from '../result/exchange-record.js';
import type { StopReason } from '../result/reasons.js';
import { formatCount, formatDuration } from '../text/format.js';
import { type Phase, type ProgressEvent, settlesObjects } from './events.js';

interface Settled {
  phase: Phase;
  accepted: number;
  rejected: number;
}

const THINGS: Record<Phase, string> = {
  reading: 'indicators',
  listing: 'objects',
  planning: 'objects',
  sending: 'objects',
  removing: 'objects',
};

const DONE: Record<Phase, string> = {
  reading: 'read',
  listing: 'read',
  planning: 'planned',
  sending: 'sent',
  removing: 'removed',
};

/** An event in words. A message is returned unchanged, so it may contain invisible characters. */
export function eventText(event: ProgressEvent): string {
  switch (event.event) {
    case 'phase':
      return phaseText(event);
    case 'progress':
      return progressText(event);
    case 'finished':
      return finishedText(event);
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

/** What Vision One answered for objects since the run began. A removal is not counted as accepted. */
export function settledText({ phase, accepted, rejected }: Settled): string {
  const refused = `${formatCount(rejected)} rejected`;
  return phase === 'removing' ? refused : `${formatCount(accepted)} accepted, ${refused}`;
}

/** `read 10,000 indicators in 1.2 s` */
function finishedText(event: ProgressEvent & { event: 'finished' }): string {
  const { phase, done, took_ms, rejected } = event;
  const refused = rejected > 0 ? ` (${formatCount(rejected)} rejected)` : '';
  const things = done === 1 ? THINGS[phase].slice(0, -1) : THINGS[phase];
  return `${DONE[phase]} ${formatCount(done)} ${things}${onList(event)} in ${formatDuration(took_ms)}${refused}`;
}

function phaseText(event: ProgressEvent & { event: 'phase' }): string {
  const { phase, total } = event;
  return `${phase} ${total === null ? '' : `${formatCount(total)} `}${THINGS[phase]}${onList(event)}`;
}

function progressText(event: ProgressEvent & { event: 'progress' }): string {
  const { phase, done, total } = event;
  const of = total === null ? '' : ` of ${formatCount(total)}`;
  const settled = settlesObjects(phase) ? `, ${settledText(event)}` : '';
  return `${phase}: ${formatCount(done)}${of}${onList(event)}${settled}`;
}

function onList({ list }: { list?: string }): string {
  return list === undefined ? '' : ` on the ${list}`;
}
