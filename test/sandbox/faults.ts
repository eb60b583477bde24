/**
 * Faults as data: bad answers and broken connections. A stand-in looks for a fault for each request that
 * it has received completely.
 */
import type { IncomingHttpHeaders } from 'node:http';

/** One request as it came in. `status` is undefined if there was no answer. */
export interface Received {
  /** When it had been received completely, by the stand-in's clock. */
  at: number;
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** Parsed JSON, a form as an object of strings, or else the text itself. */
  body: unknown;
  bytes: number;
  status?: number;
  /** What went wrong with it, if anything did. */
  fault?: Fault;
}

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  /** A string is sent unchanged, anything else as JSON. */
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

/** An answer that replaces that of the stand-in. */
interface AnsweredInstead extends Answer {
  /** The request is carried out all the same. */
  applied?: boolean;
  /** Milliseconds until the answer. */
  after?: number;
}

export type Fault =
  | AnsweredInstead
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

/** Faults that leave the client without anything to read, or with too much to read. */
export type FaultWithoutAnswer = Extract<
  Fault,
  { reset: string } | { hang: true } | { huge: number }
>;

export const hasNoAnswer = (fault: Fault): fault is FaultWithoutAnswer =>
  'reset' in fault || 'hang' in fault || 'huge' in fault;

/** Whether the request is carried out although its answer does not say so. */
export const isCarriedOut = (fault: FaultWithoutAnswer | AnsweredInstead): boolean =>
  'reset' in fault ? fault.reset === 'after' : fault.applied === true;

/**
 * The answer to a request with a fault. The request is carried out if the fault allows it, even if the
 * answer says otherwise.
 */
export function answerUnder(
  fault: Exclude<Fault, FaultWithoutAnswer> | undefined,
  carryOut: (itemFaults: ItemFault[]) => Answer,
): Answer {
  if (!fault || 'slow' in fault || 'cut' in fault) return carryOut([]);
  if ('items' in fault) return carryOut(fault.items);
  if ('garbage' in fault) {
    const headers = { 'content-type': 'application/json' };
    return { ...carryOut([]), headers, body: fault.garbage };
  }
  if ('wrongLength' in fault) {
    const answer = carryOut([]);
    return { ...answer, body: resized(answer.body, fault.wrongLength) };
  }
  if ('redirect' in fault) return { status: 302, headers: { location: fault.redirect } };
  if (isCarriedOut(fault)) carryOut([]);
  return fault;
}

/** Whether the client cannot tell from the answer what of its request was carried out. */
export function wasAnswerLost({ fault, status }: Received): boolean {
  if (status === undefined) return true;
  return fault !== undefined && !('slow' in fault) && !('items' in fault);
}

/** Adds (+n) or drops (-n) entries of an answer's array: the body itself, `data` or `items`. */
function resized(body: unknown, by: number): unknown {
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
