/** What Vision One takes, from Trend's public description of the v3.0 threat-intelligence API. */
import { OBJECT_KEYS, type ObjectKey } from '../indicator/indicator.js';

/** The longest description, in characters. */
export const MAX_DESCRIPTION_CHARS = 1000;

/** An object of either list: the value under its type's key, and what goes beside it. */
export type VisionOneObject = Partial<Record<ObjectKey, string>> & {
  description?: string;
  scanAction?: 'block' | 'log';
  riskLevel?: 'high' | 'medium' | 'low';
  /** Whole days, or −1 for never. */
  daysToExpiration?: number;
};

/** The type's key that an object has. */
export function objectKeyOf(object: VisionOneObject): ObjectKey {
  const key = OBJECT_KEYS.find((name) => object[name] !== undefined);
  if (!key) throw new Error('an object without a type key');
  return key;
}
