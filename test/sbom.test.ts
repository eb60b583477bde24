/** The software bill of materials in the zip. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packagesInCode, ROOT, removeFolder, unpack } from './support/bundle.js';

interface Component {
  type: string;
  name: string;
  version: string;
  purl?: string;
  'bom-ref': string;
  hashes?: { alg: string; content: string }[];
  licenses: { license: { id: string } }[];
  externalReferences?: { type: string; url: string }[];
  components?: Component[];
}

interface Sbom {
  metadata: { component: Component };
  components: Component[];
  dependencies: { ref: string; dependsOn?: string[] }[];
}

let folder: string;
let text: string;
let sbom: Sbom;

beforeAll(async () => {
  folder = await unpack();
  text = await readFile(join(folder, 'sbom.cdx.json'), 'utf8');
  sbom = JSON.parse(text);
});
afterAll(() => removeFolder(folder));

const readJson = async (name: string) => JSON.parse(await readFile(join(ROOT, name), 'utf8'));

it("the bill of materials is valid by CycloneDX's own JSON Schema", async () => {
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
  expect(await validator.validate(text)).toBeNull();
  const invalid = text.replace('"type": "library"', '"type": "package"');
  expect(await validator.validate(invalid)).not.toBeNull();
});

it('the bill of materials lists exactly the packages in the bundle, as the notices do', async () => {
  expect(sbom.components.map(({ name }) => name).sort()).toEqual(await packagesInCode(folder));
  const notices = await readFile(join(folder, 'THIRD-PARTY-NOTICES.txt'), 'utf8');
  const named = [...notices.matchAll(/^={80}\n\n(.+)$/gm)].map(([, line]) => line);
  const listed = sbom.components.map(
    ({ name, version, licenses }) => `${name} ${version} (${licenses[0]?.license.id})`,
  );
  expect(listed.sort()).toEqual(named.sort());
});

it('the bill of materials lists no package that the build replaces', async () => {
  const { dependencies } = await readJson('node_modules/axios/package.json');
  const replaced = Object.keys(dependencies);
  expect(replaced).toContain('form-data');
  for (const name of replaced) expect(text).not.toContain(name);
});

it('each component has the version, the licence and the hash of its package', async () => {
  const { packages } = await readJson('package-lock.json');
  for (const { name, version, purl, licenses, hashes, externalReferences } of sbom.components) {
    const locked = packages[`node_modules/${name}`];
    expect(purl).toBe(`pkg:npm/${name}@${locked.version}`);
    expect({ version, licenses }).toEqual({
      version: locked.version,
      licenses: [{ license: { id: locked.license } }],
    });
    const [hash, ...others] = hashes ?? [];
    expect(others).toEqual([]);
    expect(hash?.alg).toBe('SHA-512');
    const digest = Buffer.from(hash?.content ?? '', 'hex').toString('base64');
    expect(`sha512-${digest}`).toBe(locked.integrity);
    const repository = externalReferences?.find(({ type }) => type === 'vcs');
    expect(repository?.url).toMatch(/^git\+(?:https|ssh):\/\//);
  }
});

it('the bill of materials is about this version of the bundle', async () => {
  const { name, version, license } = await readJson('package.json');
  expect(sbom.metadata.component).toMatchObject({
    type: 'application',
    name,
    version,
    licenses: [{ license: { id: license } }],
  });
});

it('the bill of materials says which package needs which', async () => {
  const dependencies = new Map(
    sbom.dependencies.map(({ ref, dependsOn = [] }) => [
      ref.replace(/@[^@]*$/, ''),
      dependsOn.map((each) => each.replace(/@[^@]*$/, '')),
    ]),
  );
  const { name, dependencies: direct } = await readJson('package.json');
  expect(dependencies.get(name)).toEqual(Object.keys(direct).sort());
  expect(dependencies.get('axios')).toEqual([]);
  expect(dependencies.get('p-limit')).toEqual(['yocto-queue']);
  const needed = new Set([...dependencies.values()].flat());
  expect([...needed].sort()).toEqual(sbom.components.map((each) => each.name).sort());
});

it('the bill of materials names the Public Suffix List and its licence', () => {
  const tldts = sbom.components.find(({ name }) => name === 'tldts');
  expect(tldts?.components).toMatchObject([
    { type: 'data', name: 'Public Suffix List', licenses: [{ license: { id: 'MPL-2.0' } }] },
  ]);
});

it('the bill of materials has neither a time nor a serial number, so that the zip has the same bytes', () => {
  expect(sbom).not.toHaveProperty('serialNumber');
  expect(sbom.metadata).not.toHaveProperty('timestamp');
});
