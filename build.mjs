// Bundles the two actions and packs the zip that administrators upload: the same bytes for the same
// commit on any machine, in any time zone. Prints the zip's name and what weighs in it.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { zipSync } from 'fflate';
import { parse } from 'yaml';

const root = import.meta.dirname;
const read = (name) => readFile(join(root, name), 'utf8');

/** The first version that CHANGELOG.md names is the one that is built. */
async function agreedVersion() {
  const versions = {
    'manifest.yaml': parse(await read('manifest.yaml')).version,
    'package.json': JSON.parse(await read('package.json')).version,
    'CHANGELOG.md': /^## \[?(\d+\.\d+\.\d+)/m.exec(await read('CHANGELOG.md'))?.[1],
  };
  const [version, ...others] = new Set(Object.values(versions));
  if (others.length > 0 || version === undefined) {
    throw new Error(`the versions disagree: ${JSON.stringify(versions)}`);
  }
  return version;
}

/**
 * What axios and its agents bring along and nothing here uses, by what stands in its place: multipart
 * forms (their table of MIME types alone weighs 213 KB), the adapters of browsers (which make Node
 * load its own fetch), HTTP/2, and debug output. It weighs in the zip and at every start.
 */
const LEFT_OUT = [
  { filter: /^form-data$/, contents: 'export default class FormData {}' },
  {
    filter: /^\.\/(fetch|xhr)\.js$/,
    importer: /axios.lib.adapters/,
    contents: 'export const getFetch = () => null;\nexport default null;',
  },
  { filter: /^http2$/, contents: 'export default { constants: {} };' },
  { filter: /^debug$/, contents: 'module.exports = () => () => {};' },
];

const leaveOut = {
  name: 'leave-out',
  setup({ onResolve, onLoad }) {
    for (const [index, { filter, importer }] of LEFT_OUT.entries()) {
      onResolve({ filter }, (asked) =>
        importer && !importer.test(asked.importer)
          ? undefined
          : { path: String(index), namespace: 'left-out' },
      );
    }
    onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
      contents: LEFT_OUT[Number(path)].contents,
    }));
  },
};

/** Two thin doors beside one runtime that they share, readable for whoever audits what they install. */
async function bundle() {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['actions/add-to-blocklist.ts', 'actions/add-to-exception-list.ts'],
    outdir: 'actions',
    outExtension: { '.js': '.mjs' },
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    charset: 'utf8',
    legalComments: 'none',
    metafile: true,
    write: false,
    // CommonJS packages inside an ES module still call require for Node's own modules.
    banner: {
      js: "import { createRequire as createRequireOfNode } from 'node:module';\nconst require = createRequireOfNode(import.meta.url);",
    },
    plugins: [leaveOut],
  });
  const files = outputFiles.map(({ path, contents }) => [
    path.slice(root.length + 1).replaceAll('\\', '/'),
    contents,
  ]);
  return { files: Object.fromEntries(files), inputs: inputsThatCount(metafile) };
}

/** The source files of which something is left in the bundle after tree shaking. */
function inputsThatCount({ outputs }) {
  return Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([name, { bytesInOutput }]) =>
      bytesInOutput > 0 ? [name] : [],
    ),
  );
}

/** The result's schema, for programs in other languages: JSON Schema made of the one that is checked here. */
async function resultSchema() {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { toJSONSchema } from 'zod/v4/core';
import { resultSchema } from './src/export/result.ts';
export default toJSONSchema(resultSchema);`,
      resolveDir: root,
      loader: 'ts',
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
  });
  const url = `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`;
  return `${JSON.stringify((await import(url)).default, null, 2)}\n`;
}

/** The notices of exactly the packages that are in the bundle. */
async function thirdPartyNotices(inputs) {
  const folders = new Set(
    inputs.flatMap((name) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? []),
  );
  const notices = await Promise.all([...folders].map(noticeOf));
  const head = 'This bundle contains the following packages, each under its own licence.\n';
  return [head, ...notices.sort()].join(`\n${'='.repeat(80)}\n\n`);
}

async function noticeOf(folder) {
  const { name, version, license } = JSON.parse(await read(`${folder}/package.json`));
  const file = (await readdir(join(root, folder))).find((entry) => /^licen[sc]e/i.test(entry));
  // A package that names its licence and carries no text still has to be named.
  const text = file ? (await read(`${folder}/${file}`)).trim() : `Licence: ${license}`;
  return `${name} ${version} (${license})\n\n${text.replaceAll('\r\n', '\n')}\n`;
}

/** Sorted names, fixed attributes, and the earliest local time that a zip can hold. */
function zip(files) {
  const options = { mtime: new Date(1980, 0, 1), level: 9, os: 3, attrs: (0o100644 << 16) >>> 0 };
  const sorted = Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1));
  return zipSync(Object.fromEntries(sorted.map(([name, data]) => [name, [data, options]])));
}

const version = await agreedVersion();
const { files: actions, inputs } = await bundle();
const texts = {
  'actions/result.schema.json': await resultSchema(),
  'THIRD-PARTY-NOTICES.txt': await thirdPartyNotices(inputs),
};
for (const name of ['manifest.yaml', 'README.md', 'CHANGELOG.md', 'LICENSE']) {
  texts[name] = await read(name);
}
// The pictures stay in the repository: they would weigh as much again as all of the bundle.
texts['README.md'] = texts['README.md'].replace(/^!\[.*\]\(test\/.*\)\n\n/gm, '');
const encoded = Object.entries(texts).map(([name, text]) => [name, new TextEncoder().encode(text)]);
const packed = zip({ ...actions, ...Object.fromEntries(encoded) });

const target = `dist/trendmicro-vision-one-${version}.zip`;
await mkdir(join(root, 'dist'), { recursive: true });
for (const old of await readdir(join(root, 'dist'))) {
  if (/^trendmicro-vision-one-.*\.zip$/.test(old)) await rm(join(root, 'dist', old));
}
await writeFile(join(root, target), packed);
console.log(
  `${target}: ${packed.length} bytes, ${Object.keys({ ...actions, ...texts }).length} files`,
);
