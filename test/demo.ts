/**
 * The main job, for whoever wants to see it: both actions out of the built zip, started as a host
 * starts them, against the sandbox on loopback, with real indicators. Leaves nothing behind but the
 * reports, where a folder for them is given: `npm run demo -- DIR`.
 */
import { resolve } from 'node:path';
import { excerpt } from './sandbox/indicators.js';
import { startThreatQ } from './sandbox/threatq.js';
import { startVisionOne, type VisionOne } from './sandbox/vision-one.js';
import { type ENTRYPOINTS, removeFolder, startAction, unpack } from './support/bundle.js';

const say = (text = '') => console.log(text);

/** What a list holds, by type. */
function contents(objects: VisionOne['suspicious']): string {
  const counts = new Map<string, number>();
  for (const { type } of objects.values()) counts.set(type, (counts.get(type) ?? 0) + 1);
  const told = [...counts].sort().map(([type, count]) => `${count} ${type}`);
  return `${objects.size} objects (${told.join(', ')})`;
}

const [reports] = process.argv.slice(2);
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
    threatq: {
      host: threatq.url,
      client_id: threatq.clientId,
      client_secret: threatq.clientSecret,
    },
    data_collection: collection,
    configuration: { api_region: 'European Union (EU)' },
  };
  const args = reports === undefined ? [] : ['--report', resolve(reports, action)];
  const finished = await startAction(folder, action, document, args, {
    env: { VISION_ONE_API_KEY: 'sandbox-api-key', VISION_ONE_BASE_URL: visionOne.url },
  });
  process.stderr.write(finished.stderr);
  say(finished.stdout);
  return finished.code;
}

try {
  say(`${eset.length} real indicators of ESET Research, and ${benign.length} known good values.`);
  say('The former are live malware addresses: nothing here resolves or opens one.\n');
  const codes = [
    await run('exceptions', { name: 'Known good' }),
    await run('blocklist', { hash: 'demo-malware' }),
  ];
  say(`The Suspicious Object List holds ${contents(visionOne.suspicious)}.`);
  say(`The Exception List holds ${contents(visionOne.exceptions)}.`);
  const broken = visionOne.violations.length + threatq.violations.length;
  say(`The sandbox saw ${broken} breaches of what the two APIs document.`);
  if (codes.some((code) => code !== 0) || broken > 0) process.exitCode = 1;
} finally {
  await Promise.all([threatq.close(), visionOne.close(), removeFolder(folder)]);
}
