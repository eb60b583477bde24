/** The two services as one run speaks to them. */

import { Service } from '../http/api-client.js';
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

/** An origin that has to be read. */
export type CollectionOrigin = Origin & { kind: 'collection' };

export class Session {
  readonly visionOne: VisionOne;
  readonly #threatq: Service;

  constructor(private readonly job: Job) {
    const service = (name: ServiceName) =>
      new Service(name, job.transport, job.clock, job.limits, job.listener);
    this.#threatq = service('ThreatQ');
    this.visionOne = new VisionOne(
      service('Vision One'),
      job.run.visionOne,
      job.run.settings.api_key,
      job.userAgent,
    );
  }

  /** A client of the origin's ThreatQ. */
  threatq({ threatq }: CollectionOrigin): ThreatQ {
    const { clock, userAgent, onSecret } = this.job;
    return new ThreatQ(this.#threatq, threatq, clock, userAgent, onSecret);
  }

  /** What was asked of both services so far. */
  get requests(): Result['requests'] {
    const { requests: threatq } = this.#threatq;
    const { requests: visionOne } = this.visionOne.service;
    return {
      threatq: threatq.sent,
      vision_one: visionOne.sent,
      retries: threatq.retries + visionOne.retries,
      // Several wait side by side, at both services even, and it is one time that passes.
      waited_ms: Math.round(covered([...this.#threatq.waits, ...this.visionOne.service.waits])),
    };
  }
}

/**
 * The data collection of an origin. By hash there is nothing to look up: its first page tells whether
 * it is there.
 * @throws {RunError} where a name is not there, or not once
 */
export async function openCollection(
  threatq: ThreatQ,
  origin: CollectionOrigin,
): Promise<DataCollection> {
  return origin.by === 'hash'
    ? collectionByHash(threatq, origin.key)
    : await collectionByName(threatq, origin.key);
}
