/** The parts of the manifest that ThreatQ shows and reads. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse, parseDocument } from 'yaml';
import * as z from 'zod/mini';
import { actionOf, type Field, readManifest } from '../../src/cli/manifest.js';
import { OPTIONS, settingsSchema } from '../../src/export/settings.js';
import { SUPPORTED_TYPES } from '../../src/indicator/indicator.js';
import { noPython } from '../support/python.js';

const location = new URL('../../manifest.yaml', import.meta.url);
const text = readFileSync(location, 'utf8');
const manifest = await readManifest(location);
const blocklist = actionOf(manifest, 'add_to_blocklist');
const exceptions = actionOf(manifest, 'add_to_exception_list');
const actions = [blocklist, exceptions];

const fieldOf = (name: string): Field => {
  const field = blocklist.fields.find((one) => one.name === name);
  if (!field) throw new Error(`the blocklist action has no field ${name}`);
  return field;
};

describe('the bundle', () => {
  it('the manifest has the two actions by name and namespace', () => {
    expect(
      Object.entries(manifest.feeds).map(([name, { namespace, feed_type, category }]) => ({
        name,
        namespace,
        feed_type,
        category,
      })),
    ).toEqual([
      {
        name: 'Trend Micro Vision One - Add to Blocklist',
        namespace: 'threatq.actions.trendmicro_vision_one.add_to_blocklist',
        feed_type: 'action',
        category: 'Actions',
      },
      {
        name: 'Trend Micro Vision One - Add to Exception List',
        namespace: 'threatq.actions.trendmicro_vision_one.add_to_exception_list',
        feed_type: 'action',
        category: 'Actions',
      },
    ]);
  });

  it('the manifest has the required versions of Node and ThreatQ', () => {
    expect(manifest.required_threatq_version).toBe('>=5.12.1');
    expect(manifest['x-runtime']).toEqual({ language: 'typescript', node: '>=20.19' });
    for (const said of [manifest.name, manifest.author, manifest.description]) {
      expect(said.trim()).not.toBe('');
    }
  });

  it('the version is the same in the manifest, package.json and the changelog', () => {
    const root = new URL('../../', import.meta.url);
    const packageJson = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
    expect(packageJson.version).toBe(manifest.version);
    expect(packageJson.engines.node).toBe(manifest['x-runtime'].node);
    const changelog = readFileSync(new URL('CHANGELOG.md', root), 'utf8');
    expect(/^## \[?(\d+\.\d+\.\d+)/m.exec(changelog)?.[1]).toBe(manifest.version);
  });

  it('the entrypoints of the manifest exist', () => {
    for (const { entrypoint } of actions) {
      expect(entrypoint).toMatch(/^actions\/[a-z-]+\.mjs$/);
      const source = new URL(`../../${entrypoint.replace(/\.mjs$/, '.ts')}`, import.meta.url);
      expect(existsSync(source), entrypoint).toBe(true);
    }
    expect(new Set(actions.map(({ entrypoint }) => entrypoint)).size).toBe(2);
  });

  it('the manifest lists the types of indicators that can be exported', () => {
    for (const { object_types } of Object.values(manifest.feeds)) {
      expect(object_types).toEqual([{ name: 'Indicator', subtypes: SUPPORTED_TYPES }]);
    }
  });
});

const region = { label: 'API Region', name: 'api_region', type: 'select', required: true };
const endpoint = { label: 'API Endpoint', name: 'api_endpoint', type: 'text' };
const key = { label: 'API Key', name: 'api_key', type: 'text', required: true, mask: true };
const select = (label: string, name: string, byDefault: string) => ({
  label,
  name,
  type: 'select',
  default: byDefault,
});
const number = (label: string, name: string, byDefault: number, min: number, max: number) => ({
  label,
  name,
  type: 'number',
  default: byDefault,
  min,
  max,
});
const checkBox = (label: string, name: string, byDefault: boolean) => ({
  label,
  name,
  type: 'boolean',
  boolean: true,
  default: byDefault,
});
const scheme = select('URL Scheme Handling', 'url_scheme_handling', 'http');
const perRun = number('Objects Per Run', 'objects_per_run', 10000, 1, 10000);
const ports = select('Values With A Port', 'port_handling', 'skip');
const existing = select('Existing Objects', 'existing_objects', 'changed');
const removed = select('Removed Indicators', 'removed_indicators', 'keep');
const mode = select('Run Mode', 'run_mode', 'export');
const ssl = checkBox('Enable SSL Certificate Verification', 'verify_ssl', true);
const proxies = checkBox('Disable Proxies', 'disable_proxies', false);

const BLOCKLIST_FIELDS = [
  ...[region, endpoint, key, scheme, perRun],
  select('Scan Action', 'scan_action', 'block'),
  select('Risk Level', 'risk_level', 'threatq_score'),
  select('IOC Expiration', 'ioc_expiration', '30'),
  number('High Risk From Score', 'high_from_score', 9, 0, 10),
  number('Medium Risk From Score', 'medium_from_score', 7, 0, 10),
  ...[ports, existing, removed],
  checkBox('Protect Existing Objects', 'protect_existing', true),
  checkBox('Safety Checks', 'safety_checks', true),
  { label: 'Never Block', name: 'never_block', type: 'text' },
  ...[mode, ssl, proxies],
];
const EXCEPTION_FIELDS = [
  ...[region, endpoint, key, scheme, perRun],
  ...[ports, existing, removed, mode, ssl, proxies],
];

describe('the user fields', () => {
  const plain = ({ description, options, ...rest }: Field) => rest;
  const complete = (fields: { name: string }[]) =>
    fields.map((field) => ({ required: false, ...field }));

  it('the fields of the blocklist action have the documented order, types and defaults', () => {
    expect(blocklist.fields.map(plain)).toEqual(complete(BLOCKLIST_FIELDS));
  });

  it('the fields of the exception action are shared with the blocklist action', () => {
    expect(exceptions.fields.map(plain)).toEqual(complete(EXCEPTION_FIELDS));
    for (const field of exceptions.fields) expect(field).toEqual(fieldOf(field.name));
  });

  it('no field has the name or label of another one', () => {
    for (const { fields } of actions) {
      expect(new Set(fields.map(({ name }) => name)).size).toBe(fields.length);
      expect(new Set(fields.map(({ label }) => label)).size).toBe(fields.length);
    }
  });

  it('the descriptions of fields are whole sentences', () => {
    for (const { description, fields } of actions) {
      for (const said of [description, ...fields.map((field) => field.description)]) {
        expect(said).toMatch(/^[A-Z].{30,}\.$/);
      }
    }
  });

  it('each optional field except a text has a valid default', () => {
    for (const field of blocklist.fields) {
      expect(field.default === undefined, field.name).toBe(field.required || field.type === 'text');
      if (field.options && field.default !== undefined) {
        expect(field.options.map(({ value }) => value)).toContain(field.default);
      }
    }
  });
});

describe('the options', () => {
  it.each<[string, [label: string, value: string][]]>([
    [
      'api_region',
      [
        ['United States', 'api.xdr.trendmicro.com'],
        ['European Union (EU)', 'api.eu.xdr.trendmicro.com'],
        ['Australia', 'api.au.xdr.trendmicro.com'],
        ['Singapore', 'api.sg.xdr.trendmicro.com'],
        ['Japan', 'api.xdr.trendmicro.co.jp'],
        ['India', 'api.in.xdr.trendmicro.com'],
        ['United Arab Emirates', 'api.mea.xdr.trendmicro.com'],
        ['United Kingdom', 'api.uk.xdr.trendmicro.com'],
        ['US Government', 'api.usgov.xdr.trendmicro.com'],
        ['Canada', 'api.ca.xdr.trendmicro.com'],
        ['South Africa', 'api.za.xdr.trendmicro.com'],
        ['Indonesia', 'api.id.xdr.trendmicro.com'],
        ['Custom (see API Endpoint)', 'custom'],
      ],
    ],
    [
      'url_scheme_handling',
      [
        ['Apply http://', 'http'],
        ['Apply https://', 'https'],
        ['Add 2 IOCs (one with http:// and one with https://)', 'both'],
        ["Don't Send IOC", 'skip'],
      ],
    ],
    [
      'scan_action',
      [
        ['Block', 'block'],
        ['Log', 'log'],
        ['Based on ThreatQ Score', 'threatq_score'],
        ['Based on Customer Settings', 'customer_settings'],
      ],
    ],
    [
      'risk_level',
      [
        ['Based on ThreatQ Score', 'threatq_score'],
        ['High', 'high'],
        ['Medium', 'medium'],
        ['Low', 'low'],
        ['Based on Customer Settings', 'customer_settings'],
      ],
    ],
    [
      'ioc_expiration',
      [
        ['After 7 Days', '7'],
        ['After 15 Days', '15'],
        ['After 30 Days', '30'],
        ['After 45 Days', '45'],
        ['After 60 Days', '60'],
        ['After 75 Days', '75'],
        ['After 90 Days', '90'],
        ['Never', 'never'],
        ["On ThreatQ's Expiration Date", 'threatq_date'],
        ['Based on Customer Settings', 'customer_settings'],
      ],
    ],
    [
      'port_handling',
      [
        ["Don't Send IOC", 'skip'],
        ['Send without the port', 'strip'],
      ],
    ],
    [
      'existing_objects',
      [
        ['Send again when changed or expiring', 'changed'],
        ['Send again every run', 'update'],
        ['Leave untouched', 'skip'],
      ],
    ],
    [
      'run_mode',
      [
        ['Export', 'export'],
        ['Preview', 'preview'],
        ['Check', 'check'],
      ],
    ],
  ])('the options of %s are the documented ones, in the same order', (name, options) => {
    expect(fieldOf(name).options?.map(({ label, value }) => [label, value])).toEqual(options);
  });

  it('no option has a label that is the value of another option', () => {
    for (const { name, options = [] } of blocklist.fields) {
      const words = options.flatMap(({ label, value }) => [
        ...new Set([label.toLowerCase(), value.toLowerCase()]),
      ]);
      expect(new Set(words).size, name).toBe(words.length);
    }
  });

  it.each(Object.entries(OPTIONS))('the options of %s are those of the code', (name, known) => {
    expect(fieldOf(name).options?.map(({ value }) => value)).toEqual(known);
  });

  it('the options of each select field except the region are in the code', () => {
    const selects = blocklist.fields.filter(({ type }) => type === 'select');
    expect(selects.map(({ name }) => name).sort()).toEqual(
      ['api_region', ...Object.keys(OPTIONS)].sort(),
    );
  });
});

describe('the settings that the code knows', () => {
  const namesOf = (fields: Field[]) => fields.map(({ name }) => name).sort();

  it('the settings in the code are the fields of the blocklist action', () => {
    expect(namesOf(blocklist.fields)).toEqual(Object.keys(settingsSchema.shape).sort());
  });

  it('a setting is required in the code if both actions have it, and optional otherwise', () => {
    const required = Object.entries(settingsSchema.shape).filter(
      ([, schema]) => !(schema instanceof z.ZodMiniExactOptional),
    );
    const withValue = exceptions.fields.filter(
      (field) => field.required || field.default !== undefined,
    );
    expect(required.map(([name]) => name).sort()).toEqual(namesOf(withValue));
  });
});

describe('the text of the manifest', () => {
  it('the manifest means the same in YAML 1.1 and 1.2', () => {
    const old = parseDocument(text, { compat: 'yaml-1.1' });
    expect(old.warnings).toEqual([]);
    expect(old.errors).toEqual([]);
    expect(parse(text, { version: '1.1' })).toEqual(parse(text));
  });

  it('the manifest has no merge keys, tags or duplicate keys', () => {
    expect(text).not.toMatch(/^\s*(- )?<<:/m);
    expect(text).not.toMatch(/(^|[\s:,[{])!{1,2}[a-z]/im);
    expect(() => parse(text, { uniqueKeys: true, strict: true })).not.toThrow();
  });

  const title = 'PyYAML, with which a Python host reads the manifest, reads the same data';
  it.skipIf(noPython)(noPython ? `NOT RUN without PyYAML: ${title}` : title, () => {
    const program =
      'import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin.buffer), sys.stdout)';
    const { stdout, stderr, status } = spawnSync('python3', ['-c', program], {
      input: text,
      encoding: 'utf8',
    });
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout)).toEqual(parse(text));
  });
});

describe('reading the manifest', () => {
  it('an action is found by the end of its namespace, and an unknown one is an error', () => {
    expect(blocklist.name).toBe('Trend Micro Vision One - Add to Blocklist');
    expect(() => actionOf(manifest, 'remove_everything')).toThrow(/remove_everything/);
    expect(() => actionOf(manifest, 'blocklist')).toThrow();
  });

  it('a file that is not a manifest of this bundle is refused', async () => {
    const other = new URL(`data:,${encodeURIComponent('version: 2.0')}`);
    await expect(readManifest(other)).rejects.toThrow();
    await expect(readManifest(new URL('../../package.json', import.meta.url))).rejects.toThrow();
    await expect(readManifest(new URL('../../no-such.yaml', import.meta.url))).rejects.toThrow();
  });
});
