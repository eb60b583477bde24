/** The repository is complete: nothing in it names a file outside it. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './support/bundle.js';

const PLACES = ['src', 'test', 'actions', 'examples', 'build.mjs'];
/** Pictures, data, and this file with its examples: their texts are not paths. */
const SKIPPED = /\.png$|^test\/sandbox\/indicators\.json$|^test\/repository\.test\.ts$/;

const UPWARDS = /(?<![.\w/])(?:\.\.\/)+[\w@.-]+/g;
const PERSONAL_FOLDER = /(?<![.\w/])\/(?:home|root|Users|work|workspace)\/[\w.-]+/g;

function filesBelow(place: string): string[] {
  if (!existsSync(place)) return [];
  if (!statSync(place).isDirectory()) return [place];
  return readdirSync(place).flatMap((name) => filesBelow(join(place, name)));
}

/** Whether a path that goes upwards names something that the repository has, as TypeScript or as is. */
function isInside(file: string, path: string): boolean {
  const target = resolve(dirname(file), path);
  const inside = `${target}${sep}`.startsWith(ROOT);
  const isThere = existsSync(target) || existsSync(target.replace(/\.js$/, '.ts'));
  return inside && (isThere || /\/no-such/.test(path));
}

function outsidePaths(file: string, text: string): string[] {
  const find = (pattern: RegExp) => [...text.matchAll(pattern)].map(([found]) => found);
  return [...find(UPWARDS).filter((path) => !isInside(file, path)), ...find(PERSONAL_FOLDER)];
}

it.each(PLACES)('%s names no file outside the repository', (place) => {
  const found = filesBelow(join(ROOT, place))
    .map((file) => [relative(ROOT, file), file] as const)
    .filter(([name]) => !SKIPPED.test(name))
    .flatMap(([name, file]) =>
      outsidePaths(file, readFileSync(file, 'utf8')).map((path) => `${name}: ${path}`),
    );
  expect(found).toEqual([]);
});

it.each(['../elsewhere.json', '../../elsewhere', '/home/someone/data'])(
  'the path %s is found to be outside',
  (path) => {
    const file = join(ROOT, 'test', 'some.test.ts');
    expect(outsidePaths(file, `read('${path}')`)).toHaveLength(1);
  },
);
