/** The clients of both services for one run. */
import { ApiClient } from '../http/api-client.js';
import { covered } from '../http/rate-gate.js';
import type { ServiceName } from '../result/exchange-record.js';
import type { Result } from '../result/result.js';
import { ThreatQ } from '../threatq/client.js';
import {
  collectionByHash,
  collectionByName,
  type DataCollection,
} from '../threatq/data-collection.js';
import { VisionOne } from '../vision-one/client.js';
import type { Job, Origin } from './job.js';

/** An origin that is read from ThreatQ. */
export type CollectionOrigin = Extract<Origin, { kind: 'collection' }>;

export interface Connections {
  visionOne: VisionOne;
  /** A client of the origin's ThreatQ. */
  threatq(origin: CollectionOrigin): ThreatQ;
  /** How many requests both services got so far, and how long requests waited. */
  requests(): Result['requests'];
}

/** @param readingDeadline when ThreatQ must have answered everything, by Clock.now */
export function connect(job: Job, readingDeadline = job.limits.deadline): Connections {
  const { clock, limits, listener, run, transport, userAgent } = job;
  const client = (name: ServiceName, deadline = limits.deadline) =>
    new ApiClient(name, transport, clock, { ...limits, deadline }, listener);
  const forThreatQ = client('ThreatQ', readingDeadline);
  const forVisionOne = client('Vision One');
  return {
    visionOne: new VisionOne(forVisionOne, run.visionOne, run.settings.api_key, userAgent),
    threatq: ({ threatq }) => new ThreatQ(forThreatQ, threatq, clock, userAgent, job.onSecret),
    requests: () => ({
      threatq: forThreatQ.requests.sent,
      vision_one: forVisionOne.requests.sent,
      retries: forThreatQ.requests.retries + forVisionOne.requests.retries,
      // Requests wait in parallel, also for both services at once; time that overlaps counts once.
      waited_ms: Math.round(covered([...forThreatQ.waits, ...forVisionOne.waits])),
    }),
  };
}

/**
 * The data collection of an origin. A hash needs no lookup: the first page shows whether it exists.
 * @throws {RunError} if no data collection, or more than one, has the given name
 */
export async function openCollection(
  threatq: ThreatQ,
  origin: CollectionOrigin,
): Promise<DataCollection> {
  return origin.by === 'hash'
    ? collectionByHash(threatq, origin.key)
    : await collectionByName(threatq, origin.key);
}
