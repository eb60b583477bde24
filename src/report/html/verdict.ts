/** The run in one sentence, then in figures. */
import type { Result } from '../../result/result.js';
import { formatCount, formatDuration, plural } from '../../text/format.js';
import { listName, plannedRemovals, problemsIn } from '../labels.js';
import { shown } from './markup.js';

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
 * @returns a sentence, or a few, of plain text for a reader who knows neither product's terms; free of
 *   values
 */
export function verdict(result: Result): string {
  if (result.mode === 'check') return verdictOfCheck(result);
  if (result.status === 'Failed to Complete') return verdictOfFailure(result);
  const parts = [
    result.mode === 'preview' ? verdictOfPreview(result) : verdictOfExport(result),
    unread(result),
    result.warnings.length > 0
      ? `${plural(result.warnings.length, 'warning')} below should be looked at.`
      : '',
  ];
  return parts.filter(Boolean).join(' ');
}

/**
 * @param result any valid result
 * @returns what is to be told below the verdict, a line each: what went wrong, in the words of whoever
 *   found out
 */
export function verdictDetails({ checks, error }: Result): string[] {
  return error && !checks ? problemsIn(error) : [];
}

function verdictOfCheck({ status, checks }: Result): string {
  if (!checks) return 'The check could not begin. Nothing was sent.';
  return status === 'Completed'
    ? 'The check passed: both services can be reached, and the credentials let this run look at what it needs. Nothing was sent.'
    : 'The check found something to put right. Nothing was sent.';
}

function verdictOfFailure({ counts: { accepted, removed } }: Result): string {
  return `The run failed${accepted + removed > 0 ? '' : ' and nothing was sent'}.`;
}

/** Where objects go. */
const target = (result: Result) => `Trend Micro Vision One’s ${listName(result)}`;

const leftOut = (skipped: number) =>
  skipped > 0 ? `${formatCount(skipped)} left out by the rules of the export` : '';

function verdictOfPreview(result: Result): string {
  const { planned, skipped, unsent, read } = result.counts;
  const gone = plannedRemovals(result);
  const held = unsent > 0 ? `${formatCount(unsent)} held back` : '';
  const rest = list([leftOut(skipped), held].filter(Boolean));
  const going = `of ${plural(read, 'indicator')}, ${plural(planned - gone, 'object')} would go to ${target(result)}`;
  const off = gone > 0 ? ` ${plural(gone, 'outdated object')} would come off the list.` : '';
  return `A preview, nothing was sent: ${going}${rest ? `, with ${rest}` : ''}.${off}`;
}

function verdictOfExport(result: Result): string {
  const { accepted, rejected, removed, skipped, unsent, read, by_reason } = result.counts;
  const gone = removed > 0 ? ` ${plural(removed, 'outdated object')} came off the list.` : '';
  const left = leftOut(skipped);
  if (result.status === 'Completed') {
    if (read === 0) return `There was nothing to deliver: no indicators were read.${gone}`;
    const all =
      accepted > 0
        ? `Everything that was to be delivered has been: ${target(result)} took ${plural(accepted, 'object')}`
        : `Nothing had to be delivered to ${target(result)}`;
    return `${all} from ${plural(read, 'indicator')}${left ? `, with ${left}` : ''}.${gone}`;
  }
  const missing = list(
    [
      rejected > 0 ? `${formatCount(rejected)} ${rejected === 1 ? 'was' : 'were'} refused` : '',
      unsent > 0 ? `${formatCount(unsent)} could not be sent` : '',
      left &&
        `${formatCount(skipped)} ${skipped === 1 ? 'was' : 'were'} left out by the rules of the export`,
    ].filter(Boolean),
  );
  const told = by_reason['interrupted']
    ? 'The run was told to stop before it was done'
    : 'Not everything was delivered';
  return `${told}: ${target(result)} took ${plural(accepted, 'object')}${missing ? `, but ${missing}` : ''}.${gone}`;
}

/** A run reads its part of a collection: whoever takes that for the whole is mistaken. */
function unread({ data_collection: collection, counts: { read } }: Result): string {
  const total = collection?.total ?? 0;
  return total > read
    ? `The data collection has ${plural(total, 'indicator')}, of which this run read ${formatCount(read)}.`
    : '';
}

/**
 * @param result any valid result
 * @returns a `<dl>` of the counts, the time and the requests
 */
export function figures(result: Result): string {
  const { counts, requests } = result;
  const preview = result.mode === 'preview';
  const gone = plannedRemovals(result);
  const rows: [name: string, value: string, style: string, note: string][] = [
    ['Indicators read', formatCount(counts.read), '', ''],
    preview
      ? ['Planned', formatCount(counts.planned - gone), 'planned', 'would be sent']
      : ['Accepted', formatCount(counts.accepted), 'accepted', 'confirmed by Vision One'],
    ['Rejected', formatCount(counts.rejected), 'rejected', 'refused by Vision One'],
    ['Unsent', formatCount(counts.unsent), 'unsent', 'no word from Vision One'],
    ['Skipped', formatCount(counts.skipped), 'skipped', 'left out by the rules'],
  ];
  if (counts.removed + gone > 0) {
    const note = preview ? 'would come off the list' : 'taken off the list';
    rows.push(['Removed', formatCount(counts.removed + gone), 'removed', note]);
  }
  const took = Date.parse(result.finished_at) - Date.parse(result.started_at);
  const waited =
    requests.waited_ms > 0 ? `${formatDuration(requests.waited_ms)} of it waiting` : 'no waiting';
  const retries = requests.retries > 0 ? `, ${plural(requests.retries, 'retry', 'retries')}` : '';
  rows.push(
    ['Duration', formatDuration(took), '', waited],
    [
      'Requests',
      formatCount(requests.threatq + requests.vision_one),
      '',
      `${formatCount(requests.threatq)} ThreatQ, ${formatCount(requests.vision_one)} Vision One${retries}`,
    ],
  );
  const tiles = rows.map(
    ([name, value, style, note]) =>
      `<div class="tile ${style}${value === '0' ? ' zero' : ''}"><dt>${name}</dt><dd><b>${value}</b>${note ? `<span>${shown(note)}</span>` : ''}</dd></div>`,
  );
  return `<dl class="tiles">${tiles.join('\n')}</dl>`;
}
