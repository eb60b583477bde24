/**
 * `npm run soak [-- --seeds N --objects N --first SEED --strength 0…1]`: runs with many random
 * faults, one after another, and the outcome of each object. Exits with 1 if an object was lost.
 */
import { parseArgs } from 'node:util';
import { type Account, weather } from './support/storm.js';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20' },
    first: { type: 'string', default: '1' },
    objects: { type: 'string', default: '10000' },
    strength: { type: 'string' },
  },
});

/** From few faults, with which each object must be accepted, to so many that some runs fail. */
const STRENGTHS = [0.1, 0.3, 0.5, 0.7];

const accounts: Account[] = [];
for (let n = 0; n < Number(values.seeds); n++) {
  const seed = Number(values.first) + n;
  const strength = Number(values.strength ?? STRENGTHS[n % STRENGTHS.length]);
  const account = await weather({ seed, objects: Number(values.objects), strength });
  accounts.push(account);
  console.log(lineOf(account, strength));
  for (const untruth of account.untruths.slice(0, 5)) console.log(`    ${untruth}`);
}

const sum = (count: (account: Account) => number) =>
  accounts.reduce((total, account) => total + count(account), 0);
const lost = sum((account) => account.lost);
const needed = sum(({ faultFree }) => faultFree.threatq + faultFree.visionOne);
const sent = sum(({ requests }) => requests.threatq + requests.visionOne);
console.log(
  [
    '',
    `seeds ${accounts.length}, faults ${sum((account) => account.faults)}`,
    `requests ${sent} against ${needed} without faults (${(sent / needed).toFixed(2)})`,
    `objects ${sum(() => Number(values.objects))}: accepted ${sum(({ accepted }) => accepted)}, with a reason ${sum(({ named }) => named)}, lost ${lost}`,
    `virtual time ${sum(({ virtualMinutes }) => virtualMinutes).toFixed(1)} min`,
  ].join('\n'),
);
process.exitCode = lost > 0 ? 1 : 0;

function lineOf(account: Account, strength: number): string {
  const { seed, status, requests, faultFree, accepted, named, virtualMinutes } = account;
  const all = requests.threatq + requests.visionOne;
  const free = faultFree.threatq + faultFree.visionOne;
  return [
    `seed ${seed}`,
    `strength ${strength}`,
    status,
    `requests ${all} (${free} without faults)`,
    `accepted ${accepted}`,
    `with a reason ${named}`,
    `lost ${account.lost}`,
    `${virtualMinutes.toFixed(1)} min`,
    ...(account.error ? [account.error.slice(0, 100)] : []),
  ].join(', ');
}
