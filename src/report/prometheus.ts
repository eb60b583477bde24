/**
 * The figures of a run for Prometheus, in text format 0.0.4, as node_exporter's textfile collector reads
 * it. The file contains no indicators and no secrets, so other users may read it. node_exporter needs
 * access to the folder too. Either create the folder with mode 0755 before the first run, or copy the
 * file. Copy it under a name that does not end in `.prom`, and then rename the copy.
 */
import { CHANGES, OUTCOMES } from '../result/reasons.js';
import type { Item, Result } from '../result/result.js';
import { escapeInvisible } from '../text/escape-invisible.js';
import { truncate } from '../text/truncate.js';

/** What the figures need in addition to the result. It must not contain a secret. */
export interface Monitoring {
  /**
   * The name or hash of the data collection, as the run document gives it; '' for selected objects;
   * undefined if the run document could not be read.
   */
  collection: string | undefined;
  /** What the report.prom of an earlier run says; undefined if there is none. */
  lastSuccess: LastSuccess | undefined;
}

/** The last export with the status Completed. */
export interface LastSuccess {
  /** The labels of that run, as they are in the file. */
  labels: string;
  /** In seconds since the epoch. */
  time: number;
}

/** The values of a metric's own labels, in their order, and the value of the series. */
type Sample = [labels: string[], value: number];

interface Metric {
  name: string;
  /** Each file is about one run, so no value continues the one of an earlier run. */
  type: 'gauge';
  /** One or more sentences. */
  help: string;
  /** The labels that are not on every series. */
  labels: readonly string[];
  samples: (result: Result, lastSuccess: number | undefined) => Sample[];
}

/** On every series, so that the files of several runs can be in one folder under different names. */
export const COMMON_LABELS = ['action', 'name', 'data_collection'] as const;

const PREFIX = 'vision_one_action_';

const STATUSES: Record<Result['status'], string> = {
  Completed: 'completed',
  Incomplete: 'incomplete',
  'Failed to Complete': 'failed',
};

const ACTIONS: Record<Result['target'], string> = {
  suspicious_objects: 'add_to_blocklist',
  exceptions: 'add_to_exception_list',
};

/** How many of Vision One's own reasons have a series; the others are together in one. */
const MAX_SERVICE_REASONS = 10;
const OTHER = 'other';

/** All metrics, in the order of the file. */
export const METRICS: readonly Metric[] = [
  metric({
    name: 'run_info',
    help: 'What ran: its mode (export, preview or check) and the version of the bundle. The value is always 1.',
    labels: ['mode', 'bundle_version'],
    samples: ({ mode, bundle_version }) => [[[mode, bundle_version], 1]],
  }),
  metric({
    name: 'run_status',
    help: 'The status of the run: 1 for the status that it has, 0 for the other two.',
    labels: ['status'],
    samples: ({ status }) =>
      Object.entries(STATUSES).map(([each, label]) => [[label], Number(each === status)]),
  }),
  metric({
    name: 'last_success_timestamp_seconds',
    help: 'When an export last ended with the status completed. Absent until there is one.',
    samples: (_, lastSuccess) => (lastSuccess === undefined ? [] : [[[], lastSuccess]]),
  }),
  metric({
    name: 'run_start_timestamp_seconds',
    help: 'When the run started.',
    samples: ({ started_at }) => [[[], secondsOf(started_at)]],
  }),
  metric({
    name: 'run_end_timestamp_seconds',
    help: 'When the run ended.',
    samples: ({ finished_at }) => [[[], secondsOf(finished_at)]],
  }),
  metric({
    name: 'run_duration_seconds',
    help: 'How long the run took.',
    samples: ({ started_at, finished_at }) => [
      [[], (Date.parse(finished_at) - Date.parse(started_at)) / 1_000],
    ],
  }),
  metric({
    name: 'run_wait_seconds',
    help: 'How much of its duration the run waited, because a service asked for it or failed.',
    samples: ({ requests }) => [[[], requests.waited_ms / 1_000]],
  }),
  metric({
    name: 'indicators_read',
    help: 'How many indicators the run read.',
    samples: ({ counts }) => [[[], counts.read]],
  }),
  metric({
    name: 'items',
    help: 'The items of the result by outcome. All outcomes are present.',
    labels: ['outcome'],
    samples: ({ counts }) => OUTCOMES.map((outcome) => [[outcome], counts[outcome]]),
  }),
  metric({
    name: 'changes',
    help: 'What was accepted, removed or planned, by change. All changes are present.',
    labels: ['change'],
    samples: ({ counts }) => CHANGES.map((change) => [[change], counts.by_change[change]]),
  }),
  metric({
    name: 'reasons',
    help: 'The items that have a reason, by outcome and reason. A reason without items is absent. Of rejected items, the most frequent reasons are present, and the others are together in the reason other.',
    labels: ['outcome', 'reason'],
    samples: reasonSamples,
  }),
  metric({
    name: 'warnings',
    help: 'The warnings of the run by code. A code without warnings is absent.',
    labels: ['code'],
    samples: ({ warnings }) => warnings.map(({ code }) => [[code], 1]),
  }),
  metric({
    name: 'requests',
    help: 'The requests of the run by service, repeated ones included.',
    labels: ['service'],
    samples: ({ requests: { threatq, vision_one } }) => [
      [['threatq'], threatq],
      [['vision_one'], vision_one],
    ],
  }),
  metric({
    name: 'request_retries',
    help: 'How many requests repeated an earlier one.',
    samples: ({ requests }) => [[[], requests.retries]],
  }),
  metric({
    name: 'list_objects',
    help: 'How many objects of a type are on the list after the run. The type all stands for a list with one limit for all types.',
    labels: ['object_type'],
    samples: ({ list, mode }) =>
      Object.entries(list ?? {}).map(([type, { listed, added, removed }]) => [
        [type],
        mode === 'export' ? listed + added - removed : listed,
      ]),
  }),
  metric({
    name: 'list_own_objects',
    help: 'How many objects of a type this action had added from this data collection when the run read the list.',
    labels: ['object_type'],
    samples: ({ list }) => Object.entries(list ?? {}).map(([type, { ours }]) => [[type], ours]),
  }),
  metric({
    name: 'list_capacity_objects',
    help: 'How many objects of a type the list holds at most.',
    labels: ['object_type'],
    samples: ({ list }) => Object.entries(list ?? {}).map(([type, { cap }]) => [[type], cap]),
  }),
];

type GivenMetric = Pick<Metric, 'name' | 'help' | 'samples'> & { labels?: Metric['labels'] };

function metric({ name, labels = [], ...rest }: GivenMetric): Metric {
  return { name: `${PREFIX}${name}`, type: 'gauge', labels, ...rest };
}

function secondsOf(iso: string): number {
  return Date.parse(iso) / 1_000;
}

type ItemWithReason = Extract<Item, { reason: string }>;

/** Vision One makes the reasons of rejected items, so their number has no limit. */
function reasonSamples({ items }: Result): Sample[] {
  const withReason = items.filter((item): item is ItemWithReason => 'reason' in item);
  const [rejected, others] = [true, false].map((isRejected) =>
    countByLabels(withReason.filter(({ outcome }) => (outcome === 'rejected') === isRejected)),
  ) as [Sample[], Sample[]];
  rejected.sort(([, a], [, b]) => b - a);
  const rest = rejected.splice(MAX_SERVICE_REASONS).map(([, count]) => count);
  const sum = rest.reduce((a, b) => a + b, 0);
  return [...rejected, ...(sum > 0 ? [[['rejected', OTHER], sum] as Sample] : []), ...others];
}

function countByLabels(items: readonly ItemWithReason[]): Sample[] {
  const counts = new Map<string, Sample>();
  for (const { outcome, reason } of items) {
    const label = labelValue(reason);
    const key = `${outcome} ${label}`;
    const sample = counts.get(key);
    if (sample) sample[1]++;
    else counts.set(key, [[outcome, reason], 1]);
  }
  return [...counts.values()];
}

/** In characters, before they are escaped. */
const MAX_LABEL_CHARS = 200;

/** A text between the quotes of a label. It is one line, and valid Unicode. */
function labelValue(text: string): string {
  return escapeInvisible(truncate(text, MAX_LABEL_CHARS)).replace(/[\\"]/g, '\\$&');
}

function labelText(names: readonly string[], values: readonly string[]): string {
  return names.map((name, index) => `${name}="${labelValue(values[index] ?? '')}"`).join(',');
}

/**
 * The labels on every series. If the run document could not be read, they are those of the earlier run in
 * the same folder, so that an alert on that series still works.
 */
function commonLabels(
  { target, name, data_collection }: Result,
  { collection, lastSuccess }: Monitoring,
): string {
  if (collection === undefined && lastSuccess) return lastSuccess.labels;
  const origin = data_collection?.name ?? data_collection?.hash ?? collection ?? '';
  return labelText(COMMON_LABELS, [ACTIONS[target], name ?? '', origin]);
}

/** Values that cannot be computed, such as the seconds of an invalid time, are NaN. */
function valueText(value: number): string {
  return Number.isFinite(value) ? String(value) : 'NaN';
}

/**
 * Renders `report.prom`. All texts in the arguments are treated as hostile: each line is a comment or a
 * series, and no series occurs twice.
 * @returns the pieces of the file, to be written in UTF-8
 */
export function* prometheusPieces(result: Result, monitoring: Monitoring): Generator<string> {
  const common = commonLabels(result, monitoring);
  const isSuccess = result.mode === 'export' && result.status === 'Completed';
  const { lastSuccess: earlier } = monitoring;
  const earlierTime = earlier?.labels === common ? earlier.time : undefined;
  const lastSuccess = isSuccess ? secondsOf(result.finished_at) : earlierTime;
  for (const { name, type, help, labels, samples } of METRICS) {
    const series = new Map<string, number>();
    for (const [values, value] of samples(result, lastSuccess)) {
      const own = labelText(labels, values);
      const key = `${name}{${own === '' ? common : `${common},${own}`}}`;
      series.set(key, (series.get(key) ?? 0) + value);
    }
    if (series.size === 0) continue;
    yield `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
    for (const [key, value] of series) yield `${key} ${valueText(value)}\n`;
  }
}

/** What a label can contain that this module has written. */
const QUOTED = String.raw`"(?:[^"\\\p{Cc}\p{Cs}]|\\[\\"])*"`;
const LAST_SUCCESS = new RegExp(
  `^${PREFIX}last_success_timestamp_seconds\\{(action="(\\w{1,40})",name=${QUOTED},data_collection=${QUOTED})\\} (\\d{1,12}(?:\\.\\d{1,3})?)$`,
  'mu',
);

/**
 * Finds the last success in the report.prom of an earlier run.
 * @param text any text
 * @param target the list of this run: the file of another action is not used
 */
export function lastSuccessIn(text: string, target: Result['target']): LastSuccess | undefined {
  const [, labels = '', action, time] = LAST_SUCCESS.exec(text) ?? [];
  return action === ACTIONS[target] ? { labels, time: Number(time) } : undefined;
}
