// Bundles the two actions and packs the zip that administrators upload. The zip of a commit has the
// same bytes on any machine and in any time zone. Prints its name, its size and its number of files.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { zipSync } from 'fflate';
import { parse } from 'yaml';

const root = import.meta.dirname;
const read = (name) => readFile(join(root, name), 'utf8');

/**
 * The version to build. In CHANGELOG.md it is the first one.
 * @throws if the three files disagree
 */
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
 * Replacements for dependencies of axios that are not used here: multipart forms (with a table of
 * MIME types of 213 KB), the adapters for browsers (which make Node load its fetch), HTTP/2,
 * proxies (src/http/proxy.ts has its own tunnel), and debug output. They would make the zip larger
 * and each start slower.
 */
const LEFT_OUT = [
  { filter: /^form-data$/, contents: 'export default class FormData {}' },
  {
    filter: /^\.\/(fetch|xhr)\.js$/,
    importer: /axios.lib.adapters/,
    contents: 'export const getFetch = () => null;\nexport default null;',
  },
  { filter: /^https-proxy-agent$/, contents: 'export default class HttpsProxyAgent {}' },
  { filter: /^proxy-from-env$/, contents: "export const getProxyForUrl = () => '';" },
  { filter: /^http2$/, contents: 'export default { constants: {} };' },
  { filter: /^debug$/, contents: 'module.exports = () => () => {};' },
];

const leaveOut = {
  name: 'leave-out',
  setup({ onResolve, onLoad }) {
    for (const [index, { filter, importer }] of LEFT_OUT.entries()) {
      onResolve({ filter }, (imported) =>
        importer && !importer.test(imported.importer)
          ? undefined
          : { path: String(index), namespace: 'left-out' },
      );
    }
    onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
      contents: LEFT_OUT[Number(path)].contents,
    }));
  },
};

/** Bundles a module and runs it at build time; returns its exports. */
async function evaluate(input) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    ...input,
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
  });
  const code = Buffer.from(outputFiles[0].contents).toString('base64');
  return import(`data:text/javascript;base64,${code}`);
}

/** Replaces a module that computes data from packages by its exports, as constants. */
const computed = {
  name: 'computed',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]suffix-ancestors\.ts$/ }, async ({ path }) => {
      const exported = Object.entries(await evaluate({ entryPoints: [path] }));
      const constants = exported.map(
        ([name, value]) => `export const ${name} = ${JSON.stringify(value)};\n`,
      );
      return { contents: constants.join('') };
    });
  },
};

/**
 * Two small entrypoints and a shared runtime. They are not minified, so that they can be audited.
 */
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
    // CommonJS packages in the bundle call require for modules of Node.
    banner: {
      js: "import { createRequire as createRequireOfNode } from 'node:module';\nconst require = createRequireOfNode(import.meta.url);",
    },
    plugins: [leaveOut, computed],
  });
  const files = outputFiles.map(({ path, contents }) => [
    path.slice(root.length + 1).replaceAll('\\', '/'),
    contents,
  ]);
  return { files: Object.fromEntries(files), inputs: includedInputs(metafile) };
}

/** The source files that are at least partly in the bundle after tree shaking. */
function includedInputs({ outputs }) {
  return Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([name, { bytesInOutput }]) =>
      bytesInOutput > 0 ? [name] : [],
    ),
  );
}

/** The result's schema as JSON Schema, for programs in other languages. */
async function resultSchema() {
  const { default: schema } = await evaluate({
    stdin: {
      contents: `import { toJSONSchema } from 'zod/v4/core';
import { resultSchema } from './src/result/result.ts';
export default toJSONSchema(resultSchema);`,
      resolveDir: root,
      loader: 'ts',
    },
  });
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** The notices of the packages that are in the bundle. */
async function thirdPartyNotices(inputs) {
  const folders = new Set(
    inputs.flatMap((name) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? []),
  );
  const notices = await Promise.all([...folders].map(noticeOf));
  const head = 'This bundle contains the following packages, each under its own licence.\n';
  return [head, ...notices.sort()].join(`\n${'='.repeat(80)}\n\n`);
}

/** Notices of data in a package that has a separate licence. */
const DATA_NOTICES = {
  tldts: `It contains data of the Public Suffix List, which is subject to the terms of the Mozilla Public
License, version 2.0 (https://mozilla.org/MPL/2.0/). The source of that data is available at
https://publicsuffix.org/list/`,
};

async function noticeOf(folder) {
  const { name, version, license } = JSON.parse(await read(`${folder}/package.json`));
  const texts = [await licenceText(folder), DATA_NOTICES[name]].filter(Boolean);
  return `${name} ${version} (${license})\n\n${texts.join('\n\n')}\n`;
}

/**
 * The licence text of a package, from its licence file or from its README.
 * @throws if there is none
 */
async function licenceText(folder) {
  const entries = await readdir(join(root, folder));
  const textOf = async (pattern) => {
    const file = entries.find((entry) => pattern.test(entry));
    return file ? (await read(`${folder}/${file}`)).replaceAll('\r\n', '\n') : '';
  };
  const licence = (await textOf(/^licen[sc]e/i)) || licenceSection(await textOf(/^readme/i));
  // Most licences require their full text in copies.
  if (licence.trim() === '') throw new Error(`${folder} has no licence text`);
  return licence.trim();
}

/** The section "License" of a README, if it is more than a name or a link. */
function licenceSection(readme) {
  const [, section = ''] = readme.split(/^(?:#+ *)?Licen[sc]e *\n(?:-+ *\n)?/im);
  const [text = ''] = section.split(/^(?:#|\[[^\]]+\]:)/m);
  return text.length > 500 ? text.replaceAll('&lt;', '<').replaceAll('&gt;', '>') : '';
}

/**
 * Packs files with sorted names, fixed attributes and the earliest local time of the zip format.
 */
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
const examples = (await readdir(join(root, 'examples'), { withFileTypes: true }))
  .filter((entry) => entry.isFile())
  .map(({ name }) => `examples/${name}`);
const copied = ['manifest.yaml', 'README.md', 'CHANGELOG.md', 'LICENSE', 'actions/run_action.py'];
for (const name of [...copied, ...examples]) {
  texts[name] = await read(name);
}
// The screenshots are left out: they are as large as all other files of the zip together.
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
