export type ServiceName = 'ThreatQ' | 'Vision One';

/** One request and its result, for the report's timeline. */
export interface ExchangeRecord {
  service: ServiceName;
  method: string;
  path: string;
  /** ISO 8601, UTC. */
  at: string;
  took_ms: number;
  /** Null if there was no answer. */
  status: number | null;
  error?: string;
  /** How long the rate gate was closed before it. */
  waited_ms: number;
  why_waited?: string;
  /** Whether it repeats an earlier request. */
  retry: boolean;
}
