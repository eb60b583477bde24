/** Checks the README's statements on fields, reasons and commands against the code. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Field, readManifest } from '../src/cli/manifest.js';
import { ADVICE } from '../src/report/advice.js';
import { ROOT } from './support/bundle.js';

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const manifest = readManifest(new URL('../manifest.yaml', import.meta.url));
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

/** The rows of the first table under a heading, without its header. */
function tableUnder(heading: string): string[][] {
  const section = readme.slice(readme.indexOf(`\n${heading}\n`) + heading.length + 2);
  const lines = section.split('\n');
  const first = lines.findIndex((line) => line.startsWith('|'));
  const rows: string[][] = [];
  for (const line of lines.slice(first + 2)) {
    if (!line.startsWith('|')) break;
    rows.push(
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  }
  return rows;
}

function valuesOf({ type, options = [], mask, min, max }: Field, isRegion: boolean): string {
  if (isRegion) return options.map(({ label }) => label).join(', ');
  switch (type) {
    case 'select':
      return options.map(({ value }) => `\`${value}\``).join(', ');
    case 'number':
      return `${min} to ${max}`;
    case 'boolean':
      return 'true, false';
    case 'text':
      return mask ? 'text, secret' : 'text';
  }
}

function defaultOf({ required, default: byDefault }: Field): string {
  if (required) return 'required';
  return byDefault === undefined ? 'none' : `\`${byDefault}\``;
}

describe('the README', () => {
  it.each(Object.entries(manifest.feeds))('the README lists every field of %s', (name, feed) => {
    const expected = feed.user_fields.map((field) => {
      const isRegion = field.name === 'api_region';
      const shortened = isRegion && name.endsWith('Exception List');
      return [
        field.label,
        `\`${field.name}\``,
        shortened ? 'as above' : valuesOf(field, isRegion),
        defaultOf(field),
      ];
    });
    expect(tableUnder(`### ${name}`)).toEqual(expected);
  });

  it('the README explains every reason that an item can have', () => {
    const explained = [...readme.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, reason]) => reason);
    expect(Object.keys(ADVICE).filter((reason) => !explained.includes(reason))).toEqual([]);
  });

  it('the README names exactly the commands that exist', () => {
    const named = [...readme.matchAll(/npm (?:run )?([a-z]+)/g)].map(([, script]) => script);
    expect(named.filter((script) => script !== 'ci' && !scripts[script ?? ''])).toEqual([]);
    expect(Object.keys(scripts).filter((script) => !named.includes(script))).toEqual([]);
  });

  it('the links in the README lead to files that exist', () => {
    const targets = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, target]) => target ?? '');
    expect(targets.length).toBeGreaterThan(0);
    expect(targets.filter((target) => !existsSync(join(ROOT, target)))).toEqual([]);
  });

  it('the README names the version that is built', () => {
    const versions = [...readme.matchAll(/trendmicro-vision-one-(\d+\.\d+\.\d+)\.zip/g)];
    expect(new Set(versions.map(([, version]) => version))).toEqual(new Set([manifest.version]));
  });
});
