/** The parts of the manifest that ThreatQ shows and reads. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse, parseDocument } from 'yaml';
import * as z from 'zod/mini';
import { actionOf, type Field, readManifest } from '../../src/cli/manifest.js';
import { OPTIONS, settingsSchema } from '../../src/export/settings.js';
import { SUPPORTED_TYPES } from '../../src/indicator/indicator.js';

const location = new URL('../../manifest.yaml', import.meta.url);
const text = readFileSync(location, 'utf8');
const manifest = readManifest(location);
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

const shared = [
  { label: 'API Region', name: 'api_region', type: 'select', required: true },
  { label: 'API Key', name: 'api_key', type: 'text', required: true, mask: true },
  { label: 'URL Scheme Handling', name: 'url_scheme_handling', type: 'select', default: 'http' },
  {
    label: 'Objects Per Run',
    name: 'objects_per_run',
    type: 'number',
    min: 1,
    max: 10000,
    default: 10000,
  },
  {
    label: 'Enable SSL Certificate Verification',
    name: 'verify_ssl',
    type: 'boolean',
    default: true,
  },
  { label: 'Disable Proxies', name: 'disable_proxies', type: 'boolean', default: false },
  { label: 'Existing Objects', name: 'existing_objects', type: 'select', default: 'changed' },
  { label: 'Removed Indicators', name: 'removed_indicators', type: 'select', default: 'keep' },
];
const blocklistAlone = [
  { label: 'Scan Action', name: 'scan_action', type: 'select', default: 'block' },
  { label: 'Risk Level', name: 'risk_level', type: 'select', default: 'threatq_score' },
  { label: 'IOC Expiration', name: 'ioc_expiration', type: 'select', default: '30' },
  { label: 'Safety Checks', name: 'safety_checks', type: 'boolean', default: true },
  { label: 'Protect Existing Objects', name: 'protect_existing', type: 'boolean', default: true },
];

describe('the user fields', () => {
  const plain = ({ description, options, ...rest }: Field) => rest;
  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
  const complete = (fields: { name: string }[]) =>
    fields.map((field) => ({ required: false, ...field }));

  it('the fields of the blocklist action have the documented types and defaults', () => {
    expect(blocklist.fields.map(plain).sort(byName)).toEqual(
      complete([...shared, ...blocklistAlone]).sort(byName),
    );
  });

  it('the fields of the exception action are shared with the blocklist action', () => {
    expect(exceptions.fields.map(plain).sort(byName)).toEqual(complete(shared).sort(byName));
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

  it('each optional field has a valid default', () => {
    for (const field of blocklist.fields) {
      expect(field.default === undefined, field.name).toBe(field.required);
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
      ],
    ],
    [
      'url_scheme_handling',
      [
        ['Apply http:// (default)', 'http'],
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
        ['Based on Customer Settings', 'customer_settings'],
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
    expect(required.map(([name]) => name).sort()).toEqual(namesOf(exceptions.fields));
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

  const pyYaml = spawnSync('python3', ['-c', 'import yaml']).status === 0;
  if (!pyYaml) {
    console.log(
      'manifest.test.ts: python3 with PyYAML is missing; what ThreatQ reads was NOT compared',
    );
  }
  it.skipIf(!pyYaml)(
    pyYaml
      ? 'PyYAML, with which ThreatQ reads the manifest, reads the same data as the runtime'
      : 'NOT RUN because python3 with PyYAML is missing: PyYAML reads the same data',
    () => {
      const program =
        'import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin.buffer), sys.stdout)';
      const { stdout, stderr, status } = spawnSync('python3', ['-c', program], {
        input: text,
        encoding: 'utf8',
      });
      expect(status, stderr).toBe(0);
      expect(JSON.parse(stdout)).toEqual(parse(text));
    },
  );
});

describe('reading the manifest', () => {
  it('an action is found by the end of its namespace, and an unknown one is an error', () => {
    expect(blocklist.name).toBe('Trend Micro Vision One - Add to Blocklist');
    expect(() => actionOf(manifest, 'remove_everything')).toThrow(/remove_everything/);
    expect(() => actionOf(manifest, 'blocklist')).toThrow();
  });

  it('a file that is not a manifest of this bundle is refused', () => {
    const other = new URL(`data:,${encodeURIComponent('version: 2.0')}`);
    expect(() => readManifest(other)).toThrow();
    expect(() => readManifest(new URL('../../package.json', import.meta.url))).toThrow();
    expect(() => readManifest(new URL('../../no-such.yaml', import.meta.url))).toThrow();
  });
});
