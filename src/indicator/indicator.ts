/** The indicator, and the types of objects that one can become. */

/** An indicator as the rest of the program knows it. */
export interface Indicator {
  /** ThreatQ's id, null where the row has none. */
  id: number | string | null;
  /** The type's exact name; empty where the row has none. Type ids differ between instances. */
  type: string;
  /** As ThreatQ has it; what is longer than anything that can be sent is cut. */
  value: string;
  /** 0 to 10; null where ThreatQ has none. */
  score: number | null;
  /** The status' name, null where the row has none. */
  status: string | null;
  /** When it was last changed, or else made: `YYYY-MM-DD HH:mm:ss`, UTC. */
  updated: string | null;
}

/** The keys that name an object's type; a payload has exactly one of them. */
export const OBJECT_KEYS = [
  'domain',
  'ip',
  'url',
  'senderMailAddress',
  'fileSha1',
  'fileSha256',
] as const;

export type ObjectKey = (typeof OBJECT_KEYS)[number];

/** The longest value of each type, in characters. */
export const LONGEST_VALUE: Record<ObjectKey, number> = {
  domain: 253,
  ip: 39,
  url: 2048,
  senderMailAddress: 320,
  fileSha1: 40,
  fileSha256: 64,
};
