/** A Suspicious Object List that is full of objects that an action added. */
import { OBJECT_KEYS, type ObjectKey } from '../../src/indicator/indicator.js';
import type { VisionOne } from '../sandbox/vision-one.js';

const PER_TYPE = 10_000;
export const FULL_LIST = OBJECT_KEYS.length * PER_TYPE;

export function seedFullList(visionOne: VisionOne, ownerTag: string): void {
  for (const type of OBJECT_KEYS) {
    const seeds = Array.from({ length: PER_TYPE }, (_, n) => ({
      type,
      value: listedValue(type, n),
      description: `Source=ThreatQ; Collection=Active C2; Id=${n}; Score=9; Mark=${ownerTag}`,
    }));
    visionOne.seed('suspicious', seeds);
  }
}

/** A part of them is also among the generated indicators. */
function listedValue(type: ObjectKey, n: number): string {
  const host = `c2-${n}.bad-actor-${n % 97}.com`;
  switch (type) {
    case 'domain':
      return host;
    case 'ip':
      return `45.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;
    case 'url':
      return `https://${host}/`;
    case 'senderMailAddress':
      return `sender-${n}@bad-actor.com`;
    case 'fileSha1':
      return n.toString(16).padStart(40, '0');
    case 'fileSha256':
      return n.toString(16).padStart(64, '0').toUpperCase();
  }
}
