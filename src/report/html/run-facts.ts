/** How the run was set up and what ran: for the auditor who asks months later. */
import type { Result } from '../../result/result.js';
import { formatCount, formatDuration } from '../../text/format.js';
import { originOf } from '../labels.js';
import { shown, time } from './markup.js';

/** The caller leaves secrets out; a name that sounds like one is not printed even so. */
const secret = /(api.?key|secret|password|passphrase|token|credential)/i;

function list(rows: [name: string, value: string][]): string {
  return `<dl class="facts">${rows
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `<div><dt>${shown(name)}</dt><dd>${value}</dd></div>`)
    .join('\n')}</dl>`;
}

function collection(result: Result): [string, string][] {
  const { data_collection: from } = result;
  if (!from) return [['Indicators', originOf(result) ?? '']];
  return [
    ['Data collection', from.name === null ? '' : shown(from.name)],
    ['Collection hash', from.hash === null ? '' : `<code>${shown(from.hash)}</code>`],
    ['Collection size', from.total === null ? '' : formatCount(from.total)],
  ];
}

/**
 * @param result any valid result
 * @param settings the configuration by label; values under names that sound secret are not shown
 * @returns markup: two lists, what ran and how it was set
 */
export function runFacts(result: Result, settings: Record<string, string>): string {
  const modes = { export: 'Export', preview: 'Preview (nothing is sent)', check: 'Check' };
  const took = formatDuration(Date.parse(result.finished_at) - Date.parse(result.started_at));
  const rows = Object.entries(settings).map(([name, value]): [string, string] => [
    name,
    secret.test(name) ? 'not shown' : shown(value) || '–',
  ]);
  return `<div class="two">
<div><h3>Run</h3>
${list([
  ['Action', shown(result.action)],
  ['Mode', modes[result.mode]],
  ['Status', shown(result.status)],
  ['Run id', `<code>${shown(result.run_id)}</code>`],
  ['Started', time(result.started_at)],
  ['Finished', `${time(result.finished_at)} (${took})`],
  ...collection(result),
  ['Vision One', result.vision_one === null ? '' : `<code>${shown(result.vision_one)}</code>`],
  [
    'Requests',
    `${formatCount(result.requests.threatq)} to ThreatQ, ${formatCount(result.requests.vision_one)} to Vision One; ${formatCount(result.requests.retries)} repeated, ${formatDuration(result.requests.waited_ms)} waited`,
  ],
  ['Bundle version', shown(result.bundle_version)],
  ['Result schema', String(result.schema_version)],
])}</div>
<div><h3>Settings</h3>
${rows.length > 0 ? list(rows) : '<p class="calm">None were recorded.</p>'}</div>
</div>`;
}
