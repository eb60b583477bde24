/** Measures whole runs of a list that agrees with its data collection already, or nearly. */
import type { Result } from '../../src/result/result.js';
import { removeFolder, startAction, unpack } from '../support/bundle.js';
import { runFloor } from './floor-client.js';
import type { Services } from './services.js';
import { median, ms, type Row, times } from './table.js';

const ROUNDS = 5;
const configuration = { api_region: 'Japan', api_key: 'sandbox-api-key', disable_proxies: true };

/** Each night is measured in turn with its floor, so that other load on the machine affects both. */
export async function benchNights({ nights, visionOneOfNights }: Services): Promise<Row[]> {
  const folder = await unpack();
  const [even, odd] = nights;
  const run = async (threatq: Services['threatq']) => {
    const document = { threatq, data_collection: { hash: 'nights' }, configuration };
    const env = { VISION_ONE_BASE_URL: visionOneOfNights };
    const startedAt = performance.now();
    const { stdout } = await startAction(folder, 'blocklist', document, ['--json'], { env });
    const tookMs = performance.now() - startedAt;
    return { tookMs, result: JSON.parse(stdout) as Result };
  };
  // The first export fills the list.
  await run(even);
  const measured = { idle: [] as Measured[], nightly: [] as Measured[] };
  let current = even;
  for (let round = 0; round < ROUNDS; round++) {
    measured.idle.push(await measure(current));
    current = current === even ? odd : even;
    measured.nightly.push(await measure(current));
  }
  await removeFolder(folder);
  return [
    ...rowsOf('idle run: 10,000 rows, 10,000 objects listed', measured.idle, 0),
    ...rowsOf('nightly run: the same with 1 % changes', measured.nightly, 100),
  ];

  async function measure(threatq: Services['threatq']): Promise<Measured> {
    const { tookMs, result } = await run(threatq);
    const sent = result.items.flatMap((item) => (item.outcome === 'accepted' ? [item.object] : []));
    const bodies = sent.length === 0 ? [] : [JSON.stringify(sent)];
    const floor = await runFloor({ threatq, visionOne: visionOneOfNights, hash: 'nights', bodies });
    const { threatq: toThreatQ, vision_one } = result.requests;
    return { tookMs, sent: sent.length, requests: toThreatQ + vision_one, floor };
  }
}

interface Measured {
  tookMs: number;
  /** Objects sent. */
  sent: number;
  requests: number;
  floor: { tookMs: number; requests: number };
}

/** @throws if a run did not send what it should have sent */
function rowsOf(what: string, measured: Measured[], expected: number): Row[] {
  const wrong = measured.find(({ sent }) => sent !== expected);
  if (wrong) throw new Error(`${what}: ${wrong.sent} objects were sent`);
  const took = median(measured.map(({ tookMs }) => tookMs));
  const floor = median(measured.map((each) => each.floor.tookMs));
  const requests = median(measured.map((each) => each.requests));
  const fewest = median(measured.map((each) => each.floor.requests));
  return [
    {
      what: `${what}: requests (${expected} objects sent)`,
      measured: String(requests),
      reference: `${fewest} at least`,
      ratio: times(requests / fewest),
      target: '1 ×',
    },
    {
      what: `${what}: time of the process, against bare node:http`,
      measured: ms(took),
      reference: ms(floor),
      ratio: times(took / floor),
    },
  ];
}
