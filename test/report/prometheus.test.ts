/** `report.prom`: its text, its labels, and what another reader of the format makes of it. */
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  COMMON_LABELS,
  lastSuccessIn,
  METRICS,
  type Monitoring,
  prometheusPieces,
} from '../../src/report/prometheus.js';
import type { Item, Result } from '../../src/result/result.js';
import { textOf } from '../support/text.js';
import { hostile, hostileValues, realistic, resultOf } from './samples.js';

const first: Monitoring = { collection: 'c2', lastSuccess: undefined };

const promOf = (result: Result, monitoring: Monitoring = first) =>
  textOf(prometheusPieces(result, monitoring));

/** A reader of the text format that shares nothing with the writer. @throws if a line is not valid */
function read(text: string): Map<string, { labels: Record<string, string>; value: number }[]> {
  expect(text.endsWith('\n')).toBe(true);
  const families = new Map<string, { labels: Record<string, string>; value: number }[]>();
  const seen = new Set<string>();
  let family = '';
  for (const line of text.slice(0, -1).split('\n')) {
    const [, word, name = ''] = /^# (HELP|TYPE) ([a-z_]+) .+$/.exec(line) ?? [];
    if (word === 'HELP') {
      expect(families.has(name), line).toBe(false);
      families.set(name, []);
      family = name;
    } else if (word === 'TYPE') {
      expect(line).toBe(`# TYPE ${family} gauge`);
    } else {
      const [series, sample] = readSeries(line, family);
      expect(seen.has(series), line).toBe(false);
      seen.add(series);
      families.get(family)?.push(sample);
    }
  }
  return families;
}

function readSeries(line: string, family: string) {
  expect(line.startsWith(`${family}{`), line).toBe(true);
  const labels: Record<string, string> = {};
  let at = family.length + 1;
  while (line[at] !== '}') {
    const equals = line.indexOf('="', at);
    const name = line.slice(at, equals);
    expect(name).toMatch(/^[a-z_]+$/);
    let value = '';
    for (at = equals + 2; line[at] !== '"'; at++) {
      if (line[at] === '\\') at++;
      if (at >= line.length) throw new Error(`the label does not end: ${line}`);
      value += line[at];
    }
    labels[name] = value;
    at++;
    if (line[at] === ',') at++;
  }
  const value = line.slice(at + 2);
  expect(value, line).toMatch(/^(NaN|-?\d+(\.\d+)?)$/);
  return [line.slice(0, at), { labels, value: Number(value) }] as const;
}

const rejected = (reason: string, count = 1): Item[] =>
  Array.from({ length: count }, (_, id) => ({
    outcome: 'rejected',
    change: 'add',
    id,
    type: 'FQDN',
    value: `h${id}.example`,
    score: null,
    object: { domain: `h${id}.example` },
    status: 400,
    reason,
    message: '',
  }));

describe('report.prom', () => {
  it('a small run has exactly these lines', () => {
    const skipped: Item = {
      outcome: 'skipped',
      id: 7,
      type: 'MD5',
      value: 'x',
      score: null,
      reason: 'unsupported_type',
      message: '',
    };
    const result = resultOf([...rejected('BadRequest', 2), skipped], {
      name: 'Tenant "A"',
      warnings: [
        { code: 'no_room', message: '' },
        { code: 'no_room', message: '' },
      ],
      list: { domain: { listed: 120, ours: 100, cap: 10_000, added: 3, removed: 1 } },
    });
    const labels =
      'action="add_to_blocklist",name="Tenant \\"A\\"",data_collection="Blocklist candidates, EMEA"';
    const lines = promOf(result).split('\n');
    const values = lines.filter((line) => !line.startsWith('#'));
    expect(
      values.map((line) => line.replace(labels, '…').replace('vision_one_action_', '')),
    ).toEqual([
      'run_info{…,mode="export",bundle_version="3.0.0"} 1',
      'run_status{…,status="completed"} 0',
      'run_status{…,status="incomplete"} 1',
      'run_status{…,status="failed"} 0',
      'run_start_timestamp_seconds{…} 1772485200',
      'run_end_timestamp_seconds{…} 1772485294.5',
      'run_duration_seconds{…} 94.5',
      'run_wait_seconds{…} 43.5',
      'indicators_read{…} 3',
      'items{…,outcome="rejected"} 2',
      'items{…,outcome="unsent"} 0',
      'items{…,outcome="skipped"} 1',
      'items{…,outcome="removed"} 0',
      'items{…,outcome="accepted"} 0',
      'items{…,outcome="planned"} 0',
      'changes{…,change="add"} 0',
      'changes{…,change="change"} 0',
      'changes{…,change="renew"} 0',
      'changes{…,change="remove"} 0',
      'changes{…,change="replace"} 0',
      'reasons{…,outcome="rejected",reason="BadRequest"} 2',
      'reasons{…,outcome="skipped",reason="unsupported_type"} 1',
      'warnings{…,code="no_room"} 2',
      'requests{…,service="threatq"} 4',
      'requests{…,service="vision_one"} 12',
      'request_retries{…} 3',
      'list_objects{…,object_type="domain"} 122',
      'list_own_objects{…,object_type="domain"} 100',
      'list_capacity_objects{…,object_type="domain"} 10000',
      '',
    ]);
    expect(lines.slice(0, 2)).toEqual([
      '# HELP vision_one_action_run_info What ran: its mode (export, preview or check) and the version of the bundle. The value is always 1.',
      '# TYPE vision_one_action_run_info gauge',
    ]);
  });

  it('the list of metrics says what the file contains', () => {
    const families = read(promOf({ ...realistic(), status: 'Completed' }));
    expect([...families.keys()]).toEqual(METRICS.map(({ name }) => name));
    for (const { name, help, labels } of METRICS) {
      expect(help, name).toMatch(/^[A-Z].*\.$/);
      for (const sample of families.get(name) ?? []) {
        expect(Object.keys(sample.labels), name).toEqual([...COMMON_LABELS, ...labels]);
      }
    }
  });

  it('a preview does not change the list', () => {
    const list = { domain: { listed: 5, ours: 0, cap: 9, added: 3, removed: 1 } };
    const families = read(promOf(resultOf([], { mode: 'preview', list })));
    expect(families.get('vision_one_action_list_objects')?.[0]?.value).toBe(5);
  });

  it('of many reasons from Vision One, the most frequent are shown and the others are counted', () => {
    const codes = Array.from({ length: 500 }, (_, n) => `Code${n}`);
    const items = [...codes.flatMap((code) => rejected(code)), ...rejected('Frequent', 3)];
    const reasons = read(promOf(resultOf(items))).get('vision_one_action_reasons') ?? [];
    expect(reasons).toHaveLength(11);
    expect(reasons[0]).toMatchObject({ labels: { reason: 'Frequent' }, value: 3 });
    expect(reasons.at(-1)).toMatchObject({ labels: { reason: 'other' }, value: 491 });
  });
});

describe('hostile texts', () => {
  it('hostile names and reasons are labels of bounded length, and each line can be read', () => {
    const text = promOf({ ...hostile(), name: hostileValues.join(' ') });
    expect(text.isWellFormed()).toBe(true);
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
    for (const samples of read(text).values()) {
      for (const { labels } of samples) {
        for (const label of Object.values(labels)) expect(label.length).toBeLessThan(2_000);
      }
    }
  });

  const text = fc.string({ unit: 'binary', maxLength: 300 });
  const odd = fc.oneof(text, fc.constantFrom('other', '\\', '"', '\n', 'a\\"b\nc', '\ud800', '}'));

  it('any texts give a file that can be read, with every item in it', () => {
    fc.assert(
      fc.property(odd, odd, odd, fc.array(odd, { maxLength: 20 }), (name, hash, type, reasons) => {
        const result = resultOf(
          reasons.flatMap((reason) => rejected(reason)),
          {
            name,
            bundle_version: name,
            data_collection: { name: null, hash, total: 1, read_whole: true },
            list: { [type]: { listed: 1, ours: 1, cap: 1, added: 0, removed: 0 } },
          },
        );
        const families = read(promOf(result));
        const counted = families.get('vision_one_action_reasons') ?? [];
        expect(counted.reduce((sum, { value }) => sum + value, 0)).toBe(reasons.length);
      }),
    );
  });

  it('the last success of any run is found again', () => {
    fc.assert(
      fc.property(odd, odd, (name, hash) => {
        const collection = { name: null, hash, total: 1, read_whole: true };
        const success = promOf(resultOf([], { name, data_collection: collection }));
        const lastSuccess = lastSuccessIn(success, 'suspicious_objects');
        expect(lastSuccess?.time).toBe(1772485294.5);
        const failed = resultOf([], { name, status: 'Failed to Complete', data_collection: null });
        const next = promOf(failed, { collection: hash, lastSuccess });
        expect(lastSuccessIn(next, 'suspicious_objects')).toEqual(lastSuccess);
      }),
    );
  });
});

describe('the last success', () => {
  const SERIES = 'vision_one_action_last_success_timestamp_seconds';
  const success = lastSuccessIn(promOf(resultOf([])), 'suspicious_objects');
  const successIn = (result: Result, monitoring: Monitoring) =>
    read(promOf(result, monitoring)).get(SERIES)?.[0]?.value;

  it('only an export that completed is a success', () => {
    const later = '2026-03-03T00:00:00.000Z';
    const of = (more: Partial<Result>) =>
      successIn(resultOf([], { finished_at: later, ...more }), {
        collection: 'c2',
        lastSuccess: success,
      });
    expect(of({})).toBe(Date.parse(later) / 1_000);
    for (const more of [
      { mode: 'preview' },
      { mode: 'check' },
      { status: 'Incomplete' },
      { status: 'Failed to Complete' },
    ] as const) {
      expect(of(more), JSON.stringify(more)).toBe(1772485294.5);
    }
  });

  it('the success of another tenant or another action is not used', () => {
    const monitoring = { collection: 'c2', lastSuccess: success };
    const failed = resultOf([], { name: 'another', status: 'Failed to Complete' });
    expect(successIn(failed, monitoring)).toBeUndefined();
    expect(lastSuccessIn(promOf(resultOf([])), 'exceptions')).toBeUndefined();
  });

  it('a run that cannot read its run document keeps the labels of the earlier run', () => {
    const failed = resultOf([], {
      status: 'Failed to Complete',
      data_collection: null,
      name: null,
      vision_one: null,
    });
    const families = read(promOf(failed, { collection: undefined, lastSuccess: success }));
    expect(families.get('vision_one_action_run_status')?.[2]).toEqual({
      labels: {
        action: 'add_to_blocklist',
        name: '',
        data_collection: 'Blocklist candidates, EMEA',
        status: 'failed',
      },
      value: 1,
    });
    expect(families.get(SERIES)?.[0]?.value).toBe(1772485294.5);
  });

  it.each([
    '',
    'x'.repeat(1_000),
    `${SERIES} 1`,
    `${SERIES}{action="add_to_blocklist"} 1`,
    `${SERIES}{action="add_to_blocklist",name="a"b",data_collection=""} 1`,
    `${SERIES}{action="add_to_blocklist",name="\u0000",data_collection=""} 1`,
    `${SERIES}{action="add_to_blocklist",name="",data_collection="",more=""} 1`,
    `${SERIES}{action="add_to_blocklist",name="",data_collection=""} 1e9`,
    `${SERIES}{action="add_to_blocklist",name="",data_collection=""} NaN`,
    `# ${SERIES}{action="add_to_blocklist",name="",data_collection=""} 1`,
  ])('a file that this program did not write has no last success: %s', (text) => {
    expect(lastSuccessIn(text, 'suspicious_objects')).toBeUndefined();
  });
});

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
if (!hasPromtool) console.log('promtool is not installed: its test of report.prom is skipped');

it.skipIf(!hasPromtool)('promtool finds nothing wrong with the metrics', () => {
  for (const result of [{ ...realistic(), status: 'Completed' as const }, hostile()]) {
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: promOf(result),
      encoding: 'utf8',
    });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  }
});
