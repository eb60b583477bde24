/**
 * What can go wrong on the way, as data. A stand-in asks for a fault with every request that it has
 * received whole; the bad answers are those of the facts files and of issue 3.
 */
import type { IncomingHttpHeaders } from 'node:http';

/** One request as it came in. `status` is missing where nothing was answered. */
export interface Received {
  /** When it had arrived whole, by the stand-in's clock. */
  at: number;
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** Parsed JSON, a form as an object of strings, or else the text itself. */
  body: unknown;
  bytes: number;
  status?: number;
}

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  /** A string is sent as it is, anything else as JSON. */
  body?: unknown;
}

export interface ItemFault {
  index: number;
  status: number;
  code: string;
  message?: string;
  /** Carried out although the answer says otherwise. */
  applied?: boolean;
}

export type Fault =
  | {
      status: number;
      headers?: Record<string, string>;
      body?: unknown;
      applied?: boolean;
      /** Milliseconds until the answer. */
      after?: number;
    }
  | { reset: 'before' | 'after' }
  | { slow: number }
  | { hang: true; applied?: boolean }
  | { cut: true }
  | { garbage: string }
  | { wrongLength: number }
  | { items: ItemFault[] }
  | { redirect: string }
  | { huge: number; applied?: boolean };

/** `n` counts the requests to that endpoint (method and path) from 0. */
export type FaultSource = (request: Received, n: number) => Fault | undefined;

/** One-shot faults for matching requests, handed out in order. */
export class Script {
  private readonly queues: { match: string | RegExp; faults: (Fault | undefined)[] }[] = [];

  add(match: string | RegExp, faults: (Fault | undefined)[]): void {
    this.queues.push({ match, faults: [...faults] });
  }

  /** `scripted` tells "answer this one normally" (an undefined in the script) from "no script". */
  next(request: Received): { scripted: boolean; fault?: Fault } {
    const queue = this.queues.find((q) => q.faults.length > 0 && matches(q.match, request));
    if (!queue) return { scripted: false };
    const fault = queue.faults.shift();
    return fault ? { scripted: true, fault } : { scripted: true };
  }
}

function matches(match: string | RegExp, { method, path, query }: Received): boolean {
  if (typeof match === 'string') return match === path || match === `${method} ${path}`;
  const search = query.size > 0 ? `?${query}` : '';
  // search() and not test(): a script must not depend on a regular expression's lastIndex.
  return [`${path}${search}`, `${method} ${path}${search}`].some((text) => text.search(match) >= 0);
}

/** Adds (+n) or drops (-n) entries of an answer's array: the body itself, `data` or `items`. */
export function resized(body: unknown, by: number): unknown {
  if (Array.isArray(body)) {
    if (by < 0) return body.slice(0, Math.max(0, body.length + by));
    const filler: unknown = body.at(-1) ?? { status: 201 };
    return [...body, ...Array.from({ length: by }, () => filler)];
  }
  if (typeof body !== 'object' || body === null) return body;
  const entries = Object.entries(body).map(([key, value]: [string, unknown]) =>
    (key === 'data' || key === 'items') && Array.isArray(value)
      ? [key, resized(value, by)]
      : [key, value],
  );
  return Object.fromEntries(entries);
}
