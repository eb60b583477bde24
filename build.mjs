// Bundles the two actions and packs the zip that administrators upload. The zip of a commit has the
// same bytes on any machine and in any time zone. Prints its name, its size and its number of files.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { Contrib, Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library';
import { build, transform } from 'esbuild';
import { zipSync } from 'fflate';
import normalizePackageData from 'normalize-package-data';
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
 * MIME types of 213 KB), the adapters for browsers (which make Node load its fetch), HTTP/2, redirects,
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
  {
    filter: /^follow-redirects$/,
    contents: 'export default { http: undefined, https: undefined };',
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

/**
 * Modules of Node are loaded with getBuiltinModule. An import would read each of their properties, and
 * some of these load further modules.
 */
const builtIn = {
  name: 'built-in',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(?:node:)?[a-z_/]+$/ }, ({ path }) =>
      isBuiltin(path) ? { path: path.replace(/^node:/, ''), namespace: 'node' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'node' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('node:${path}');`,
    }));
  },
};

/**
 * Axios reads the global FormData, which makes Node load its fetch, HTTP/2 and web streams. No request has
 * a form, so the class is not read.
 */
const EDITED = [
  {
    file: 'node_modules/axios/lib/utils.js',
    from: "typeof G.FormData !== 'undefined' ? G.FormData : undefined",
    to: 'undefined',
  },
];

/**
 * Edits the code of packages (EDITED), and shortens it; the published source can be audited. Code of this
 * project stays as it is written.
 */
const packageCode = {
  name: 'package-code',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]node_modules[\\/].*\.[cm]?js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const { code } = await transform(edited(source, path), {
        minifyIdentifiers: true,
        minifySyntax: true,
      });
      return { contents: code };
    });
  },
};

/** @throws if the text to replace is not in the file, because the package has changed */
function edited(source, path) {
  const edit = EDITED.find(({ file }) => join(root, file) === path);
  if (!edit) return source;
  if (source.split(edit.from).length !== 2) throw new Error(`${path} does not have ${edit.from}`);
  return source.replace(edit.from, edit.to);
}

/** In Node, `yaml` is CommonJS and would be bundled as a whole. Of its ES modules only what is used is bundled. */
const ES_MODULES = { yaml: './node_modules/yaml/browser/dist/index.js' };

/** Bundles a module and runs it at build time; returns its exports. */
async function evaluate(input) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    ...input,
    alias: ES_MODULES,
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
  });
  const code = Buffer.from(outputFiles[0].contents).toString('base64');
  return import(`data:text/javascript;base64,${code}`);
}

/** The exports of the modules whose values the build computes. */
const COMPUTED = [
  { filter: /[\\/]suffix-ancestors\.ts$/, exportsOf: (path) => evaluate({ entryPoints: [path] }) },
  {
    filter: /[\\/]built-manifest\.ts$/,
    async exportsOf() {
      const { parseManifest } = await evaluate({ entryPoints: ['src/cli/parse-manifest.ts'] });
      const text = await read('manifest.yaml');
      return { builtManifest: { text, manifest: parseManifest(text) } };
    },
  },
];

/** Replaces modules by constants. */
const computed = {
  name: 'computed',
  setup({ onLoad }) {
    for (const { filter, exportsOf } of COMPUTED) {
      onLoad({ filter }, async ({ path }) => {
        const constants = Object.entries(await exportsOf(path)).map(
          ([name, value]) => `export const ${name} = ${JSON.stringify(value)};\n`,
        );
        return { contents: constants.join('') };
      });
    }
  },
};

/**
 * Two small entrypoints and a shared runtime. The code of this project is not minified, so that it can be
 * audited.
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
    alias: ES_MODULES,
    mainFields: ['module', 'main'],
    metafile: true,
    write: false,
    plugins: [leaveOut, builtIn, packageCode, computed],
  });
  const files = outputFiles.map(({ path, contents }) => [
    path.slice(root.length + 1).replaceAll('\\', '/'),
    contents,
  ]);
  return { files: Object.fromEntries(files), packages: bundledPackages(metafile) };
}

/** The key of this project among the packages, as in package-lock.json. */
const PROJECT = '';

/**
 * This project and the packages that are at least partly in the bundle after tree shaking: the folder
 * of each, with the folders of those that it imports.
 */
function bundledPackages({ inputs, outputs }) {
  const included = Object.values(outputs).flatMap((output) =>
    Object.entries(output.inputs).flatMap(([file, { bytesInOutput }]) =>
      bytesInOutput > 0 ? [packageOf(file)] : [],
    ),
  );
  const packages = new Map(included.map((folder) => [folder, new Set()]));
  for (const [file, { imports }] of Object.entries(inputs)) {
    const importer = packageOf(file);
    for (const { path } of imports) {
      const imported = packageOf(path);
      const isOther = imported !== importer && imported !== PROJECT;
      if (isOther && packages.has(imported)) packages.get(importer)?.add(imported);
    }
  }
  return packages;
}

/** The folder of the package that a file belongs to. */
function packageOf(file) {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? PROJECT;
}

/** The JSON Schemas of the run document and of the result, by their names in the zip. */
async function jsonSchemas({ feeds }) {
  const { toJSONSchema, runDocumentSchema, resultSchema } = await evaluate({
    stdin: {
      contents: `export { toJSONSchema } from 'zod/v4/core';
export { runDocumentSchema } from './src/cli/document/schema.ts';
export { resultSchema } from './src/result/result.ts';`,
      resolveDir: root,
      loader: 'ts',
    },
  });
  const fields = Object.values(feeds).flatMap(({ user_fields }) => user_fields);
  const schemas = {
    'schemas/run-document.schema.json': toJSONSchema(runDocumentSchema(fields), { io: 'input' }),
    'schemas/result.schema.json': toJSONSchema(resultSchema),
  };
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, `${JSON.stringify(schema, null, 2)}\n`]),
  );
}

/** Data in a package that has a separate licence. */
const DATA = {
  tldts: {
    name: 'Public Suffix List',
    licence: 'MPL-2.0',
    source: 'https://publicsuffix.org/list/',
    notice: `It contains data of the Public Suffix List, which is subject to the terms of the Mozilla Public
License, version 2.0 (https://mozilla.org/MPL/2.0/). The source of that data is available at
https://publicsuffix.org/list/`,
  },
};

/**
 * The software bill of materials, in CycloneDX's format. Neither a time nor a serial number is in it,
 * because the zip of a commit always has the same bytes.
 */
async function billOfMaterials(packages) {
  const { packages: locked } = JSON.parse(await read('package-lock.json'));
  const components = new Map();
  for (const folder of packages.keys()) {
    const packageJson = JSON.parse(await read(join(folder, 'package.json')));
    components.set(folder, componentOf(packageJson, locked[folder].integrity));
  }
  for (const [folder, imported] of packages) {
    const { dependencies } = components.get(folder);
    for (const each of imported) dependencies.add(components.get(each).bomRef);
  }
  const component = components.get(PROJECT);
  components.delete(PROJECT);
  const bom = new Models.Bom({
    metadata: new Models.Metadata({ component }),
    components: new Models.ComponentRepository(components.values()),
  });
  const normalizers = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6);
  const serializer = new Serialize.JsonSerializer(normalizers);
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

const { Builders, Factories, Utils } = Contrib.FromNodePackageJson;
const licenceFactory = new Contrib.License.Factories.LicenseFactory((text) => {
  throw new Error(`${text} is not an SPDX id`);
});
const componentBuilder = new Builders.ComponentBuilder(
  new Factories.ExternalReferenceFactory(),
  licenceFactory,
);

/** @param integrity the hash in package-lock.json, which has none for this project */
function componentOf(packageJson, integrity) {
  // A repository may have a short form, such as `owner/name`, instead of an address.
  normalizePackageData(packageJson);
  const { name, version } = packageJson;
  const { Application, Library } = Enums.ComponentType;
  const component = componentBuilder.makeComponent(packageJson, integrity ? Library : Application);
  component.bomRef.value = `${name}@${version}`;
  if (integrity) {
    component.purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
    component.hashes.set(...Utils.parsePackageIntegrity(integrity));
  }
  if (DATA[name]) component.components.add(dataComponent(DATA[name]));
  return component;
}

function dataComponent({ name, licence, source }) {
  const website = new Models.ExternalReference(source, Enums.ExternalReferenceType.Website);
  return new Models.Component(Enums.ComponentType.Data, name, {
    bomRef: name,
    licenses: new Models.LicenseRepository([licenceFactory.makeSpdxLicense(licence)]),
    externalReferences: new Models.ExternalReferenceRepository([website]),
  });
}

/** The notices of the packages that are in the bundle. */
async function thirdPartyNotices(packages) {
  const folders = [...packages.keys()].filter((folder) => folder !== PROJECT);
  const notices = await Promise.all(folders.map(noticeOf));
  const head = 'This bundle contains the following packages, each under its own licence.\n';
  return [head, ...notices.sort()].join(`\n${'='.repeat(80)}\n\n`);
}

async function noticeOf(folder) {
  const { name, version, license } = JSON.parse(await read(`${folder}/package.json`));
  const texts = [await licenceText(folder), DATA[name]?.notice].filter(Boolean);
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
const { files: actions, packages } = await bundle();
const texts = {
  ...(await jsonSchemas(parse(await read('manifest.yaml')))),
  'sbom.cdx.json': await billOfMaterials(packages),
  'THIRD-PARTY-NOTICES.txt': await thirdPartyNotices(packages),
};
const examples = (await readdir(join(root, 'examples'), { withFileTypes: true }))
  .filter((entry) => entry.isFile())
  .map(({ name }) => `examples/${name}`);
const copied = ['manifest.yaml', 'README.md', 'CHANGELOG.md', 'LICENSE', 'actions/run_action.py'];
for (const name of [...copied, ...examples]) {
  texts[name] = await read(name);
}
// What needs a checkout is left out: its commands, and pictures, which would make the zip much larger.
texts['README.md'] = texts['README.md'].replace(
  /^<!-- checkout -->\n[\s\S]*?^<!-- \/checkout -->\n\n/gm,
  '',
);
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
