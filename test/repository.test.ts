/** The repository is complete: it refers to no file outside of it. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './support/bundle.js';

const PLACES = ['src', 'test', 'actions', 'examples', 'build.mjs'];
/** Images, data and this file contain text that looks like paths. */
const SKIPPED = /\.png$|^test\/sandbox\/indicators\.json$|^test\/repository\.test\.ts$/;

/** The build makes this folder, which is only in the zip. */
const BUILT = join(ROOT, 'schemas');

const UPWARDS = /(?<![.\w/])(?:\.\.\/)+[\w@.-]+/g;
const PERSONAL_FOLDER = /(?<![.\w/])\/(?:home|root|Users|work|workspace)\/[\w.-]+/g;

function filesBelow(place: string): string[] {
  if (!existsSync(place)) return [];
  if (!statSync(place).isDirectory()) return [place];
  return readdirSync(place).flatMap((name) => filesBelow(join(place, name)));
}

/**
 * Whether a relative path names a file in the repository, perhaps with the suffix .ts instead of
 * .js.
 */
function isInside(file: string, path: string): boolean {
  const target = resolve(dirname(file), path);
  const inside = `${target}${sep}`.startsWith(ROOT);
  const exists = existsSync(target) || existsSync(target.replace(/\.js$/, '.ts'));
  return inside && (exists || target === BUILT || /\/no-such/.test(path));
}

function outsidePaths(file: string, text: string): string[] {
  const find = (pattern: RegExp) => [...text.matchAll(pattern)].map(([found]) => found);
  return [...find(UPWARDS).filter((path) => !isInside(file, path)), ...find(PERSONAL_FOLDER)];
}

it.each(PLACES)('%s refers to no file outside the repository', (place) => {
  const found = filesBelow(join(ROOT, place))
    .map((file) => [relative(ROOT, file), file] as const)
    .filter(([name]) => !SKIPPED.test(name))
    .flatMap(([name, file]) =>
      outsidePaths(file, readFileSync(file, 'utf8')).map((path) => `${name}: ${path}`),
    );
  expect(found).toEqual([]);
});

it.each(['../elsewhere.json', '../../elsewhere', '/home/someone/data'])(
  'the path %s is recognized as outside the repository',
  (path) => {
    const file = join(ROOT, 'test', 'some.test.ts');
    expect(outsidePaths(file, `read('${path}')`)).toHaveLength(1);
  },
);
