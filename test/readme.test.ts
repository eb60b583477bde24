/** Compares the Markdown files with the code: their tables, names, links, and the length of their sentences. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { helpText, OPTIONS } from '../src/cli/command-line.js';
import { documentShape } from '../src/cli/document/schema.js';
import { actionOf } from '../src/cli/manifest.js';
import { VARIABLES } from '../src/cli/secrets.js';
import { OBJECT_KEYS, SUPPORTED_TYPES } from '../src/indicator/indicator.js';
import type { ProgressEvent } from '../src/progress/events.js';
import { jsonRenderer } from '../src/progress/json.js';
import { ADVICE, WARNING_ADVICE } from '../src/report/advice.js';
import { METRICS } from '../src/report/prometheus.js';
import { CHANGES, ERROR_CODES } from '../src/result/reasons.js';
import { withoutColour } from '../src/text/paint.js';
import { MEASURED_TABLE } from './bench/table.js';
import {
  anchorsOf,
  emphasized,
  fences,
  inlineCode,
  sentencesOf,
  tablesOf,
  targetsOf,
  withoutFences,
  wordsOf,
} from './readme/markdown.js';
import { currentTables, manifest } from './readme/sources.js';
import { PRINTED_FILES, PRINTED_TABLE, printedTables, withPrintedTables } from './readme/tables.js';
import { ROOT } from './support/bundle.js';
import { mapped, sent } from './support/mapping.js';

const MAX_WORDS = 2_500;
const MAX_SENTENCE_WORDS = 30;

const textOf = (name: string) => readFileSync(join(ROOT, name), 'utf8');
const README = textOf('README.md');
const DETAILS = textOf('examples/README.md');
const forUsers = `${README}\n${DETAILS}`;
const files = PRINTED_FILES.map((name) => [name, textOf(name)] as const);

const blocklist = actionOf(manifest, 'add_to_blocklist');
const help = helpText(blocklist);
const variablesOfHelp = [...help.matchAll(/\b[A-Z]+(?:_[A-Z]+)+\b/g)].map(([name]) => name);
const knownVariables = [...new Set([...VARIABLES, ...variablesOfHelp])].sort();

const firstColumn = (rows: string[][]) => rows.map(([first = '']) => first);
const codesOf = (rows: string[][]) => firstColumn(rows).flatMap(inlineCode);

describe('the printed tables', () => {
  it.each(files)('the tables of %s are those that the code prints', (_, text) => {
    expect(withPrintedTables(text, currentTables())).toBe(text);
  });

  it('each table is printed in one place', () => {
    const printed = files.flatMap(([, text]) =>
      [...text.matchAll(PRINTED_TABLE)].map(([, , name]) => name),
    );
    expect(printed.sort()).toEqual(Object.keys(currentTables()).sort());
  });

  it('a marker of a table that does not exist is an error', () => {
    const text = '<!-- table: none -->\n<!-- /table -->';
    expect(() => withPrintedTables(text, currentTables())).toThrow('there is no table none');
  });

  it('a metric is printed with its labels and the first sentence of its help', () => {
    const metrics = [
      { name: 'a_total', type: 'counter', help: 'What a is. And more.', labels: ['b', 'c'] },
      { name: 'd', type: 'gauge', help: 'What d is.' },
    ];
    const { metrics: printed = '' } = printedTables(manifest, metrics);
    expect(tablesOf(printed)[0]?.slice(1)).toEqual([
      ['`a_total{b,c}`', 'What a is.'],
      ['`d`', 'What d is.'],
    ]);
  });

  it('the first sentence of each field has at most 15 words', () => {
    const { fields = '' } = currentTables();
    const [, ...rows] = tablesOf(fields)[0] ?? [];
    expect(rows.map(([label = '']) => label.replace(' †', ''))).toEqual(
      blocklist.fields.map(({ label }) => label),
    );
    for (const [label, said = ''] of rows) {
      expect(wordsOf(said).length, label).toBeLessThanOrEqual(15);
    }
  });
});

/** The keys of everything that `--log-format json` writes. */
function loggedKeys(): string[] {
  const events: ProgressEvent[] = [
    { event: 'phase', phase: 'reading', total: null },
    { event: 'progress', phase: 'sending', done: 1, total: 2, accepted: 1, rejected: 0 },
    { event: 'phase', phase: 'listing', total: null, list: 'Exception List' },
    {
      event: 'finished',
      phase: 'sending',
      list: 'Exception List',
      done: 2,
      rejected: 0,
      took_ms: 1,
    },
    { event: 'waiting', service: 'Vision One', reason: 'rate_limited', wait_ms: 1 },
    { event: 'message', level: 'info', message: 'a message' },
  ];
  const lines: string[] = [];
  const stream = { write: (line: string) => lines.push(line) } as unknown as NodeJS.WriteStream;
  const renderer = jsonRenderer({ stream, now: () => 0, paint: withoutColour });
  for (const event of events) renderer.handle(event);
  return [...new Set(lines.flatMap((line) => Object.keys(JSON.parse(line))))].sort();
}

const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
const commands = Object.keys(scripts).map((name) =>
  name === 'test' ? 'npm test' : `npm run ${name}`,
);

const foldersOf = (path: string) =>
  readdirSync(join(ROOT, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

/** What holds each table that is written by hand, by its file and its first row. */
const HELD: Array<[file: string, head: string, check: (rows: string[][]) => void]> = [
  [
    'README.md',
    'Product | Objects',
    (rows) => {
      // The products are a statement of Trend's documents. Each type of object has one.
      for (const type of ['domain', 'IP', 'URL', 'sender address', 'SHA-1', 'SHA-256']) {
        expect(rows.join('\n')).toContain(type);
      }
      expect(OBJECT_KEYS).toHaveLength(6);
    },
  ],
  [
    'README.md',
    'Symptom | Cause | What to do',
    // Codes, options, fields and variables in it are checked with all others below.
    (rows) => expect(rows.flat().filter((cell) => cell === '')).toEqual([]),
  ],
  [
    'examples/README.md',
    'File | Contents',
    (rows) => {
      const names = readdirSync(join(ROOT, 'examples')).filter((name) => name !== 'README.md');
      expect(codesOf(rows).sort()).toEqual(names.sort());
    },
  ],
  [
    'examples/README.md',
    'Variable | Contents',
    (rows) => expect(codesOf(rows).sort()).toEqual(knownVariables),
  ],
  [
    'examples/README.md',
    '| Your own text file | MISP warning list',
    // test/safety holds what each kind of list matches.
    (rows) => {
      const types = /Its `type` is (.*)\./.exec(rows.flat().join('\n'))?.[1] ?? '';
      expect(inlineCode(types)).toEqual(['string', 'hostname', 'cidr', 'substring', 'regex']);
    },
  ],
  [
    'examples/README.md',
    'In ThreatQ | As sent',
    (rows) => {
      const written = firstColumn(rows).join('\n');
      const examples: Array<[shown: string, type: string, value: string, sent: string[]]> = [
        ['`h[tt]p:/`', 'URL', 'h[tt]p://evil[.]example/x', ['url http://evil.example/x']],
        ['`https:host`', 'URL', 'https:evil.example/', ['url https://evil.example/']],
        ['`http://0xC6.51.100.7/`', 'URL', 'http://0xC6.51.100.7/', ['url http://198.51.100.7/']],
        [
          '`*` at the end of a URL',
          'URL',
          'http://evil.example/*',
          ['url http://evil.example/%2A'],
        ],
        ['`192.0.2.7/32`', 'IP Address', '192.0.2.7/32', ['ip 192.0.2.7']],
        ['`192.0.2.7:8080`', 'IP Address', '192.0.2.7:8080', ['[invalid_value]']],
        ['Upper case', 'FQDN', 'EVIL.example', ['domain evil.example']],
        ['trailing dot', 'FQDN', 'evil.example.', ['domain evil.example']],
        ['international name', 'FQDN', 'bücher.example', ['domain xn--bcher-kva.example']],
        ['IPv6 address', 'IPv6 Address', '2001:0db8:0::1', ['ip 2001:db8::1']],
      ];
      for (const [shown, type, value, expected] of examples) {
        expect(written).toContain(shown);
        expect(sent(type, value), value).toEqual(expected);
      }
    },
  ],
  [
    'examples/README.md',
    'Reason | Meaning',
    (rows) =>
      expect(codesOf(rows.map(([first = '']) => [first])).sort()).toEqual(
        Object.keys(ADVICE).sort(),
      ),
  ],
  [
    'examples/README.md',
    'Key | Value',
    (rows) => {
      const [object = {}] = mapped('FQDN', 'evil.example').objects;
      const { domain, ...settings } = object as Record<string, unknown>;
      expect(domain).toBe('evil.example');
      expect(codesOf(rows).sort()).toEqual([...Object.keys(settings), 'description'].sort());
    },
  ],
  ['examples/README.md', 'Change | When', (rows) => expect(codesOf(rows)).toEqual([...CHANGES])],
  [
    'examples/README.md',
    'Field | Contents',
    (rows) => expect(codesOf(rows).sort()).toEqual(loggedKeys()),
  ],
  [
    'CONTRIBUTING.md',
    'Command | What it does',
    (rows) => expect(codesOf(rows).sort()).toEqual(['npm ci', ...commands].sort()),
  ],
  [
    'CONTRIBUTING.md',
    'Folder | Contents',
    (rows) => {
      const folders = [
        'actions',
        'examples',
        ...foldersOf('src').map((name) => `src/${name}`),
        'test',
      ];
      expect(codesOf(rows).sort()).toEqual(folders.map((name) => `${name}/`).sort());
    },
  ],
];

describe('the tables that are written by hand', () => {
  const found = files.flatMap(([name, text]) =>
    tablesOf(text.replace(PRINTED_TABLE, '').replace(MEASURED_TABLE, '')).map(
      ([head = [], ...rows]) => ({
        key: `${name}: ${head.join(' | ').trim()}`,
        rows,
      }),
    ),
  );

  it('each of them is held to something', () => {
    const held = HELD.map(([file, head]) => `${file}: ${head}`);
    expect(found.map(({ key }) => key).sort()).toEqual(held.sort());
  });

  it.each(HELD)('%s: the table %s agrees with the code', (file, head, check) => {
    const { rows } = found.find(({ key }) => key === `${file}: ${head}`) ?? { rows: [] };
    check(rows);
  });
});

describe('what the texts name', () => {
  const fieldsOfDocument = Object.keys(documentShape);
  const keysOfThreatQ = ['host', 'client_id', 'client_secret', 'email', 'password'];
  /** Words with an underscore that are neither codes, fields nor values of this project. */
  const OTHERS = [
    ...['matching_attributes', 'expires_at', 'expired_at', 'wait_ms', 'activity_log'],
    ...['data_requested', 'response_received', 'data_enriched', 'http_403', 'hxxp__evil'],
    ...['user_fields', 'feed_type', 'required_threatq_version', 'run_action', 'airflow_vision_one'],
  ];
  const words = [
    ...[...Object.keys(ADVICE), ...Object.keys(WARNING_ADVICE), ...ERROR_CODES],
    ...blocklist.fields.flatMap(({ name, options = [] }) => [
      name,
      ...options.map(({ value }) => value),
    ]),
    ...[...fieldsOfDocument, ...keysOfThreatQ, ...OTHERS],
    ...METRICS.flatMap(({ name, labels }) => [name, ...labels]),
    ...loggedKeys(),
  ];

  it.each(files)('the codes, fields and values in %s exist', (_, text) => {
    const named = inlineCode(text).flatMap(
      (code) => code.match(/\b[a-z]+(?:_+[a-z0-9]+)+\b/g) ?? [],
    );
    expect(named.filter((name) => !words.includes(name))).toEqual([]);
  });

  it('the reasons and warnings of the code are all in the README', () => {
    const named = codesOf(tablesOf(README).flat());
    const codes = [...Object.keys(ADVICE), ...Object.keys(WARNING_ADVICE)];
    expect(codes.filter((code) => !named.includes(code))).toEqual([]);
  });

  it('the emphasized words are labels of fields, or names of ThreatQ and Vision One', () => {
    const names = ['SOAR', 'Suspicious Object Management', 'Normalize URL Indicators'];
    const labels = [...blocklist.fields.map(({ label }) => label), ...names];
    const found = emphasized(forUsers);
    expect(found.length).toBeGreaterThan(10);
    expect(found.filter((label) => !labels.includes(label))).toEqual([]);
  });

  it('the options of an action that users read of are those that exist', () => {
    const optionsOf = (text: string) =>
      [...text.matchAll(/(?<![\w-])--([a-z][a-z-]*)/g)].map(([, name]) => name);
    const starts = fences(forUsers).flatMap(({ code }) =>
      code.split('\n').map((line) => /\.mjs (.*?)(?: 2>&1.*)?$/.exec(line)?.[1] ?? ''),
    );
    // `--help` is also an option of the Python host.
    const named = [...inlineCode(forUsers).flatMap(optionsOf), ...starts.flatMap(optionsOf)];
    expect([...new Set(named)].sort()).toEqual(Object.keys(OPTIONS).sort());
  });

  it('the variables that users read of are those that exist', () => {
    const named = inlineCode(forUsers).flatMap((code) => code.match(/^[A-Z]+(?:_[A-Z]+)+$/) ?? []);
    expect([...new Set(named)].sort()).toEqual(knownVariables);
  });

  it.each(files)('the commands in %s exist', (_, text) => {
    const named = [...text.matchAll(/npm (?:run )?([a-z]+)/g)].map(([, script = '']) => script);
    expect(named.filter((script) => script !== 'ci' && !scripts[script])).toEqual([]);
  });

  it('the README names the version that is built', () => {
    const versions = [...README.matchAll(/trendmicro-vision-one-(\d+\.\d+\.\d+)\.zip/g)];
    expect(new Set(versions.map(([, version]) => version))).toEqual(new Set([manifest.version]));
  });

  it('the README names the versions that the manifest requires', () => {
    expect(README).toContain(`ThreatQ ${manifest.required_threatq_version.slice(2)} or later`);
    expect(README).toContain(`Node ${manifest['x-runtime'].node.slice(2)} or later`);
  });

  it.each(files)('the files in code of %s exist', (_, text) => {
    const paths = inlineCode(text).filter((code) =>
      /^(?:actions|examples|src|test)\/[\w@./-]+$/.test(code),
    );
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

describe('the links', () => {
  it.each(files)('the links in %s lead to files and headings that exist', (name, text) => {
    const dead = targetsOf(text).filter((target) => {
      if (target.startsWith('https://')) return false;
      const [path = '', anchor] = target.split('#');
      const file = join(ROOT, path === '' ? name : join(dirname(name), path));
      if (!existsSync(file)) return true;
      return anchor !== undefined && !anchorsOf(readFileSync(file, 'utf8')).includes(anchor);
    });
    expect(dead).toEqual([]);
    expect(targetsOf(text).length).toBeGreaterThan(0);
  });
});

describe('the language', () => {
  it(`the README has at most ${MAX_WORDS} words outside of code blocks, tables included`, () => {
    expect(wordsOf(README).length).toBeLessThanOrEqual(MAX_WORDS);
  });

  it('the first ten lines say what it is, that ThreatQ has not run it, and what to do without Node', () => {
    const first = README.split('\n').slice(0, 10).join(' ');
    for (const said of ['Two actions', 'not been run inside ThreatQ', 'run_action.py', 'cron']) {
      expect(first).toContain(said);
    }
  });

  const tooLong = (text: string) =>
    sentencesOf(text).filter((sentence) => wordsOf(sentence).length > MAX_SENTENCE_WORDS);

  it.each(files)(`no sentence in %s has more than ${MAX_SENTENCE_WORDS} words`, (_, text) => {
    expect(tooLong(text)).toEqual([]);
  });

  it('no description in the manifest has a sentence that is too long', () => {
    for (const { description, user_fields } of Object.values(manifest.feeds)) {
      const said = [description, ...user_fields.map((field) => field.description)];
      expect(said.flatMap(tooLong)).toEqual([]);
    }
  });

  it('sentences that are too long are found in paragraphs, lists and tables', () => {
    const long = `A ${'word '.repeat(MAX_SENTENCE_WORDS)}end.`;
    const text = `Short. ${long}\n\n* ${long}\n* Short.\n\n| a | b |\n| --- | --- |\n| x | ${long} |\n\n\`\`\`sh\n${long}\n\`\`\`\n`;
    expect(tooLong(text)).toEqual([long, long, long]);
    expect(wordsOf(withoutFences('a - `b` [c](d.md)\n```sh\ne\n```\n'))).toHaveLength(3);
  });
});

describe('the cron lines of the README', () => {
  const [crontab = ''] = fences(README).flatMap(({ language, code }) =>
    language === 'cron' ? code : [],
  );
  const [run = '', keep = ''] = crontab
    .split('\n')
    .flatMap((line) => /^0 \d \* \* \* (.*)$/.exec(line)?.[1] ?? []);

  let folder: string | undefined;
  afterEach(() => {
    if (folder) rmSync(folder, { recursive: true });
    folder = undefined;
  });

  /** Runs a command as cron does, with its folders below a temporary folder and another Node. */
  function asCron(command: string, node = 'exit 0', prepare: (state: string) => void = () => {}) {
    const root = mkdtempSync(join(tmpdir(), 'vision-one-cron-'));
    folder = root;
    const state = join(root, 'var/lib/vision-one');
    for (const path of [state, join(root, 'etc/vision-one'), join(root, 'usr/bin')]) {
      mkdirSync(path, { recursive: true });
    }
    writeFileSync(join(root, 'etc/vision-one/vision-one.env'), textOf('examples/vision-one.env'));
    writeFileSync(join(root, 'usr/bin/node'), `#!/bin/sh\n${node}\n`, { mode: 0o700 });
    prepare(state);
    const moved = command
      .replaceAll(
        /\/(?:etc|opt|var\/lib)\/vision-one|\/usr\/bin\/node/g,
        (path) => `${root}${path}`,
      )
      // To cron, a % ends the command unless a backslash precedes it.
      .replace(/(?<!\\)%[\s\S]*$/, '')
      .replaceAll('\\%', '%');
    const { PATH = '' } = process.env;
    const { stdout, stderr, status } = spawnSync('sh', ['-c', moved], {
      encoding: 'utf8',
      env: { PATH },
    });
    return { mail: stdout + stderr, status, state };
  }

  it('a run without trouble prints nothing, so that cron sends no mail', () => {
    expect(asCron(run, 'echo summary; echo log >&2').mail).toBe('');
  });

  it('a run that fails prints its exit code and its output', () => {
    const { mail } = asCron(run, 'echo "key $VISION_ONE_API_KEY"; echo log >&2; exit 2');
    expect(mail).toBe('exit code 2\nkey replace-me\nlog\n');
  });

  it('a run is not started while another one holds the lock', () => {
    const held = `exec 9>lock; flock 9; ${run}`.replace('exec', 'cd /var/lib/vision-one; exec');
    expect(asCron(held, 'echo started').mail).toBe('exit code 75\n\n');
  });

  it('the reports of a day are kept, and those of more than 90 days are deleted', () => {
    const { mail, status, state } = asCron(keep, '', (folderOfReports) => {
      for (const name of ['latest', '2020-01-01', '2020-01-02']) {
        mkdirSync(join(folderOfReports, name));
        writeFileSync(join(folderOfReports, name, 'report.json'), '{}');
      }
      const long = Date.now() / 1_000 - 100 * 86_400;
      utimesSync(join(folderOfReports, '2020-01-01'), long, long);
    });
    expect({ mail, status }).toEqual({ mail: '', status: 0 });
    const [kept = '', ...others] = readdirSync(state).filter(
      (name) => name !== 'latest' && name !== '2020-01-02',
    );
    expect(others).toEqual([]);
    expect(kept).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    expect(readdirSync(join(state, kept))).toEqual(['report.json']);
  });
});

it('the types in the README are those that can be exported', () => {
  const { types = '' } = currentTables();
  expect(firstColumn(tablesOf(types)[0] ?? []).slice(1)).toEqual(SUPPORTED_TYPES);
});
