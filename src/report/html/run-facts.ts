/** What ran and with which settings, for an audit months later. */
import type { Result } from '../../result/result.js';
import { formatCount, formatDuration } from '../../text/format.js';
import { originLabel } from '../labels.js';
import { type Content, html, joinLines, type Markup, time } from './markup.js';

/** The caller leaves out secrets; as a second protection, values under such names are not shown. */
const SECRET_NAME = /(api.?key|secret|password|passphrase|token|credential)/i;

/** The modes by the labels of Run Mode. */
const MODES: Record<Result['mode'], { label: string; effect: string }> = {
  export: { label: 'Export', effect: '' },
  preview: { label: 'Preview', effect: ' (nothing was sent)' },
  check: { label: 'Check', effect: ' (nothing was sent)' },
};

type Fact = [name: string, value: Content];

/** The other reports, by the names under which they are written. */
export const fileLinks = html`<a href="report.csv">report.csv</a>, <a href="report.json">report.json</a>`;

/** A `<dl>`. Facts without a value are left out. */
function factList(facts: readonly Fact[]): Markup {
  const rows = facts
    .filter(([, value]) => value !== undefined && value !== null && value !== '')
    .map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`);
  return html`<dl class="facts">${joinLines(rows)}</dl>`;
}

function code(text: string | null): Content {
  return text === null || text === '' ? text : html`<code>${text}</code>`;
}

function originFacts(result: Result): Fact[] {
  const { data_collection: collection } = result;
  if (!collection) return [['Indicators', originLabel(result)]];
  return [
    ['Data collection', collection.name],
    ['Collection hash', code(collection.hash)],
    ['Collection size', collection.total === null ? null : formatCount(collection.total)],
  ];
}

/** A setting as a person reads it. */
function shownSetting(name: string, value: string, mode: Result['mode']): Content {
  if (SECRET_NAME.test(name)) return 'not shown';
  if (/^\d{4,}$/.test(value)) return formatCount(Number(value));
  const { label } = MODES[mode];
  return name === 'Run Mode' && value !== label
    ? `${value}, but the command line asked for: ${label}`
    : value || '–';
}

/**
 * Two lists: what ran, and its settings.
 * @param settings the configuration by label
 */
export function runFacts(result: Result, settings: Record<string, string>): Markup {
  const { requests, started_at, finished_at } = result;
  const took = formatDuration(Date.parse(finished_at) - Date.parse(started_at));
  const settingFacts = Object.entries(settings).map(
    ([name, value]): Fact => [name, shownSetting(name, value, result.mode)],
  );
  return html`<div class="two">
<div><h3>Run</h3>
${factList([
  ['Action', result.action],
  ['Name', result.name],
  ['Mode', `${MODES[result.mode].label}${MODES[result.mode].effect}`],
  ['Status', result.status],
  ['Run id', code(result.run_id)],
  ['Started', time(started_at)],
  ['Finished', html`${time(finished_at)} (${took})`],
  ...originFacts(result),
  ['Vision One', code(result.vision_one)],
  [
    'Requests',
    `${formatCount(requests.threatq)} to ThreatQ, ${formatCount(requests.vision_one)} to Vision One; ${formatCount(requests.retries)} repeated, ${formatDuration(requests.waited_ms)} waited`,
  ],
  ['Bundle version', result.bundle_version],
  ['Result schema', result.schema_version],
  ['Files in the same folder', fileLinks],
])}</div>
<div><h3>Settings</h3>
${settingFacts.length > 0 ? factList(settingFacts) : html`<p class="empty">No settings were recorded.</p>`}</div>
</div>`;
}
