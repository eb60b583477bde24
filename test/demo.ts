/**
 * `npm run demo [-- DIR]`: runs both actions from the built zip, started as a host starts them,
 * against the sandbox on loopback and with real indicators. Writes the reports to DIR if it is
 * given.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { excerpt } from './sandbox/indicators.js';
import { startThreatQ } from './sandbox/threatq.js';
import { startVisionOne, type VisionOne } from './sandbox/vision-one.js';
import { type ENTRYPOINTS, removeFolder, startAction, unpack } from './support/bundle.js';

const print = (text = '') => console.log(text);

/** The contents of a list by type. */
function contents(objects: VisionOne['suspicious']): string {
  const counts = new Map<string, number>();
  for (const { type } of objects.values()) counts.set(type, (counts.get(type) ?? 0) + 1);
  const parts = [...counts].sort().map(([type, count]) => `${count} ${type}`);
  return `${objects.size} objects (${parts.join(', ')})`;
}

const {
  positionals: [reports],
} = parseArgs({ allowPositionals: true });
const { eset, benign } = excerpt();
const threatq = await startThreatQ({
  collections: [
    { name: 'ESET malware indicators', hash: 'demo-malware', rows: eset },
    { name: 'Known good', hash: 'demo-known-good', rows: benign },
  ],
});
const visionOne = await startVisionOne();
const folder = await unpack();

async function run(action: keyof typeof ENTRYPOINTS, collection: object): Promise<number | null> {
  const document = {
    threatq: threatq.section,
    data_collection: collection,
    configuration: { api_region: 'European Union (EU)' },
  };
  const args = reports === undefined ? [] : ['--report', resolve(reports, action)];
  const finished = await startAction(folder, action, document, args, {
    env: { VISION_ONE_API_KEY: 'sandbox-api-key', VISION_ONE_BASE_URL: visionOne.url },
  });
  process.stderr.write(finished.stderr);
  print(finished.stdout);
  return finished.code;
}

try {
  print(`${eset.length} real indicators of ESET Research and ${benign.length} known good values.`);
  print('The indicators are live malware addresses. This demo does not resolve or open them.\n');
  const codes = [
    await run('exceptions', { name: 'Known good' }),
    await run('blocklist', { hash: 'demo-malware' }),
  ];
  print(`The Suspicious Object List contains ${contents(visionOne.suspicious)}.`);
  print(`The Exception List contains ${contents(visionOne.exceptions)}.`);
  const violations = visionOne.violations.length + threatq.violations.length;
  print(`Violations of the documented APIs: ${violations}.`);
  if (codes.some((code) => code !== 0) || violations > 0) process.exitCode = 1;
} finally {
  await Promise.all([threatq.close(), visionOne.close(), removeFolder(folder)]);
}
