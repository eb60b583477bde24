/** The objects of Vision One's lists. Source: Trend's public description of the v3.0 threat-intelligence API. */
import { OBJECT_KEYS, type ObjectKey } from '../indicator/indicator.js';

/** The longest description that Vision One accepts, in characters. */
export const MAX_DESCRIPTION_CHARS = 1000;

/** An object of either list: its value under the key of its type, and its settings. */
export type VisionOneObject = Partial<Record<ObjectKey, string>> & {
  description?: string;
  scanAction?: 'block' | 'log';
  riskLevel?: 'high' | 'medium' | 'low';
  /** Whole days, or −1 for never. */
  daysToExpiration?: number;
};

/** The key of an object's type. @throws if it has none */
export function objectKeyOf(object: VisionOneObject): ObjectKey {
  const key = OBJECT_KEYS.find((name) => object[name] !== undefined);
  if (!key) throw new Error('the object has no key of a type');
  return key;
}
