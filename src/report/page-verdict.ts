/** The run in one sentence, then in figures. */
import type { Result } from '../export/result.js';
import { counted, number, shown, span } from './html.js';
import { listName } from './words.js';

/** How the verdict looks: all well, look at it, did not work. */
export type Tone = 'good' | 'warn' | 'bad';

/** @returns the tone of a result's status */
export function toneOf(result: Result): Tone {
  if (result.status === 'Failed to Complete') return 'bad';
  return result.status === 'Incomplete' ? 'warn' : 'good';
}

function list(parts: string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

/**
 * @param result any valid result
 * @returns one sentence, or two, of plain text for a reader who knows neither product's terms; free
 *   of values, except for a failure's own message
 */
export function verdict(result: Result): string {
  const { accepted, planned, rejected, removed, skipped, unsent, read } = result.counts;
  const where = `Trend Micro Vision One’s ${listName(result)}`;
  if (result.status === 'Failed to Complete') {
    const sent = accepted + removed > 0 ? '' : ' and nothing was sent';
    const why = result.error ? `: ${result.error.message.replace(/[.\s]+$/, '')}` : '';
    return `The ${result.mode === 'check' ? 'check' : 'run'} failed${sent}${why}.`;
  }
  if (result.mode === 'check') {
    return result.status === 'Completed'
      ? 'The check passed: both services can be reached and the credentials are sufficient. Nothing was sent.'
      : 'The check found something to put right. Nothing was sent.';
  }
  const leftOut = skipped > 0 ? `${number(skipped)} left out by the rules of the export` : '';
  if (result.mode === 'preview') {
    const rest = list([leftOut, unsent > 0 ? `${number(unsent)} held back` : ''].filter(Boolean));
    return `A preview, nothing was sent: of ${counted(read, 'indicator')}, ${counted(planned, 'object')} would go to ${where}${rest ? `, with ${rest}` : ''}.`;
  }
  const gone = removed > 0 ? ` ${counted(removed, 'outdated object')} came off the list.` : '';
  if (result.status === 'Completed') {
    if (read === 0) return `There was nothing to deliver: no indicators were read.${gone}`;
    const all =
      accepted > 0
        ? `Everything that was to be delivered has been: ${where} took ${counted(accepted, 'object')}`
        : `Nothing had to be delivered to ${where}`;
    return `${all} from ${counted(read, 'indicator')}${leftOut ? `, with ${leftOut}` : ''}.${gone}`;
  }
  const missing = list(
    [
      rejected > 0 ? `${number(rejected)} ${rejected === 1 ? 'was' : 'were'} refused` : '',
      unsent > 0 ? `${number(unsent)} could not be sent` : '',
    ].filter(Boolean),
  );
  return `Not everything was delivered: ${where} took ${counted(accepted, 'object')}${missing ? `, but ${missing}` : ''}.${gone}`;
}

/**
 * @param result any valid result
 * @returns a `<dl>` of the counts, the time and the requests
 */
export function figures(result: Result): string {
  const { counts, requests } = result;
  const preview = result.mode === 'preview';
  const rows: [name: string, value: string, style: string, note: string][] = [
    ['Indicators read', number(counts.read), '', ''],
    preview
      ? ['Planned', number(counts.planned), 'planned', 'would be sent']
      : ['Accepted', number(counts.accepted), 'accepted', 'confirmed by Vision One'],
    ['Rejected', number(counts.rejected), 'rejected', 'refused by Vision One'],
    ['Unsent', number(counts.unsent), 'unsent', 'no word from Vision One'],
    ['Skipped', number(counts.skipped), 'skipped', 'left out by the rules'],
  ];
  if (counts.removed > 0) {
    rows.push(['Removed', number(counts.removed), 'removed', 'taken off the list']);
  }
  const took = Date.parse(result.finished_at) - Date.parse(result.started_at);
  const waited =
    requests.waited_ms > 0 ? `${span(requests.waited_ms)} of it waiting` : 'no waiting';
  const retries = requests.retries > 0 ? `, ${counted(requests.retries, 'retry', 'retries')}` : '';
  rows.push(
    ['Duration', span(took), '', waited],
    [
      'Requests',
      number(requests.threatq + requests.vision_one),
      '',
      `${number(requests.threatq)} ThreatQ, ${number(requests.vision_one)} Vision One${retries}`,
    ],
  );
  const tiles = rows.map(
    ([name, value, style, note]) =>
      `<div class="tile ${style}${value === '0' ? ' zero' : ''}"><dt>${name}</dt><dd><b>${value}</b>${note ? `<span>${shown(note)}</span>` : ''}</dd></div>`,
  );
  return `<dl class="tiles">${tiles.join('\n')}</dl>`;
}
