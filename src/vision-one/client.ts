/** Vision One's API: one client for both lists, aware of nothing but its region's base URL. */
import * as z from 'zod/mini';
import { Failure } from '../http/failure.js';
import type { Reason } from '../http/retry.js';
import { type Answer, jsonOf, type Request } from '../http/send.js';
import { describe, type Service } from '../http/service.js';

/** What Vision One said of one item of a 207. */
export interface Entry {
  status: number;
  /** Vision One's error code; absent where there is no error. */
  code?: string;
  message?: string;
}

/** What came of posting one chunk. */
export type Posted =
  /** One entry an item, in the order of the request. */
  | { act: 'entries'; entries: Entry[] }
  /** An answer that says nothing of any item. */
  | { act: 'no_answer'; message: string }
  /** The service's gate is closed for a while: post it again. */
  | { act: 'again' }
  | { act: 'divide'; because: 'refused' | 'too_large'; error: Entry }
  /** The list takes no more. */
  | { act: 'list_full'; message: string }
  | { act: 'give_up'; reason: Reason; message: string };

const errorSchema = z.object({ code: z.optional(z.string()), message: z.optional(z.string()) });

/** An entry of a 207, as Trend documents it: `{"status":201}`, or with `body.error`. */
const entriesSchema = z.array(
  z.object({
    status: z.int(),
    body: z.optional(z.nullable(z.looseObject({ error: z.optional(errorSchema) }))),
  }),
);

/** The body of an answer that failed as a whole; a gateway's has only a message. */
const wholeErrorSchema = z.object({
  error: z.optional(errorSchema),
  message: z.optional(z.string()),
});

/** Seen in a public client: the list takes no more, so neither trying again nor less of it helps. */
const LIST_FULL = /number of objects exceeds the maximum limit/i;

const LONGEST_MESSAGE = 500;
/** A 2xx that is no JSON may pass; more tries than this do not make it better. */
const UNREADABLE_TRIES = 4;

export class VisionOne {
  constructor(
    readonly service: Service,
    private readonly base: URL,
    private readonly apiKey: string,
    private readonly userAgent: string,
  ) {}

  /**
   * Posts one chunk, once.
   * @param path the list's, or its delete path
   * @param body a JSON array of `length` items
   * @param retry whether any of it was sent before
   */
  async post(path: string, body: string, length: number, retry: boolean): Promise<Posted> {
    const request = this.#request('POST', path, body);
    const exchange = await this.service.exchange(`POST ${path}`, request, retry);
    switch (exchange.act) {
      case 'again':
      case 'give_up':
        return exchange;
      case 'refused':
        return this.#refused(request, exchange.answer);
      case 'divide': {
        this.useful(path);
        const error = wholeError(exchange.answer);
        if (LIST_FULL.test(error.message ?? '')) {
          return { act: 'list_full', message: error.message ?? '' };
        }
        return { act: 'divide', because: exchange.because, error };
      }
      case 'use': {
        const read = z.safeParse(entriesSchema, jsonOf(exchange.answer));
        if (read.success && read.data.length === length) {
          return { act: 'entries', entries: read.data.map(entryOf) };
        }
        const said = read.success ? `${read.data.length} entries` : 'no list of entries';
        const message = `${describe(request, exchange.answer)} with ${said} for ${length} objects`;
        return { act: 'no_answer', message };
      }
    }
  }

  /**
   * Reads JSON, trying again for as long as that can help.
   * @param path under the base URL
   * @throws {Failure} where Vision One is given up, refuses, or answers something that is no JSON
   */
  async get(path: string, query: Record<string, string> = {}): Promise<unknown> {
    const request = this.#request('GET', path);
    request.url.search = new URLSearchParams(query).toString();
    return this.read(path, request);
  }

  /** The last chunk's entries settled something. */
  useful(path: string): void {
    this.service.useful(`POST ${path}`);
  }

  /** The last chunk settled nothing; waits before the next one. */
  useless(path: string, reason: Reason, attempt: number, message: string): Posted {
    return this.service.useless(`POST ${path}`, reason, attempt, message) as Posted;
  }

  /** Sends a GET until there is JSON; the path names what shares a rate limit. */
  private async read(path: string, request: Request): Promise<unknown> {
    for (let unreadable = 0, retry = false; ; retry = true) {
      const exchange = await this.service.exchange(`GET ${path}`, request, retry);
      if (exchange.act === 'again') continue;
      if (exchange.act === 'give_up') throw new Failure(exchange.reason, exchange.message);
      if (exchange.act !== 'use') {
        const refused = this.#refused(request, exchange.answer);
        throw new Failure('no_access', 'message' in refused ? refused.message : '');
      }
      const json = jsonOf(exchange.answer);
      if (json !== undefined) {
        this.service.useful(`GET ${path}`);
        return json;
      }
      const message = `${describe(request, exchange.answer)} with something that is no JSON`;
      const waited = this.service.useless(`GET ${path}`, 'no_answer', ++unreadable, message);
      if (unreadable >= UNREADABLE_TRIES || waited.act === 'give_up') {
        throw new Failure('no_answer', message);
      }
    }
  }

  #request(method: 'GET' | 'POST', path: string, body?: string): Request {
    const url = new URL(this.base);
    url.pathname = `${url.pathname.replace(/\/$/, '')}${path}`;
    return {
      method,
      url,
      headers: {
        Authorization: `Bearer ${this.apiKey}`,
        Accept: 'application/json',
        'User-Agent': this.userAgent,
        ...(body !== undefined && { 'Content-Type': 'application/json;charset=utf-8' }),
      },
      ...(body !== undefined && { body }),
    };
  }

  #refused(request: Request, answer: Answer): Posted {
    const message = `${describe(request, answer)}${saidBy(answer)}. ${whatToCheck(answer)}`;
    return this.service.giveUp('no_access', message) as Posted;
  }
}

function entryOf({ status, body }: z.infer<typeof entriesSchema>[number]): Entry {
  const { code, message } = body?.error ?? {};
  return { status, ...(code && { code }), ...(message && { message: cut(message) }) };
}

function wholeError(answer: Answer): Entry {
  const read = z.safeParse(wholeErrorSchema, jsonOf(answer));
  const error = read.data?.error;
  const message = error?.message ?? read.data?.message;
  return {
    status: answer.status,
    ...(error?.code && { code: error.code }),
    ...(message && { message: cut(message) }),
  };
}

function saidBy(answer: Answer): string {
  const { code, message } = wholeError(answer);
  const said = [code, message].filter(Boolean).join(': ');
  return said ? ` (${said})` : '';
}

function cut(text: string): string {
  return text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE)}…` : text;
}

/** What an administrator should look at when Vision One refuses a whole request. */
function whatToCheck(answer: Answer): string {
  const { status } = answer;
  if (status === 401) {
    return 'Check that the API Key is complete, not expired, and of the same region as API Region.';
  }
  if (status === 403) {
    return 'Check the role of the API Key: it needs the Suspicious Object Management permissions "View, filter, and search" and "Manage lists and configure settings", as the predefined SOAR role has them.';
  }
  if (status === 404) return 'Check API Region (or VISION_ONE_BASE_URL): this API is not there.';
  if (status === 407) return 'The proxy wants other credentials: check HTTPS_PROXY.';
  if (status >= 300 && status < 400) {
    return `It redirects to ${redirectHost(answer)}, and redirects are not followed: check API Region (or VISION_ONE_BASE_URL).`;
  }
  return 'This answer is not one that the API documents: check API Region and what stands between (proxy, gateway).';
}

function redirectHost(answer: Answer): string {
  const location = answer.headers['location'] ?? '';
  return URL.canParse(location) ? new URL(location).host : 'another place';
}
