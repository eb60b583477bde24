/** Vision One's API: one client for both lists, aware of nothing but its region's base URL. */
import * as z from 'zod/mini';
import { cut } from '../http/cut.js';
import { detour } from '../http/detour.js';
import { Failure } from '../http/failure.js';
import type { Reason } from '../http/retry.js';
import { type Answer, jsonOf, type Request } from '../http/send.js';
import { describe, type Service, type Waited } from '../http/service.js';

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
  | Waited
  | { act: 'divide'; because: 'refused' | 'too_large'; error: Entry }
  /** The list takes no more. */
  | { act: 'list_full'; message: string };

/** Words for people: where they are of another kind there are none, and the status says what holds. */
const words = z.catch(z.optional(z.string()), undefined);
const errorSchema = z.catch(z.optional(z.object({ code: words, message: words })), undefined);

/** The body of an answer that failed as a whole, or of an entry; a gateway's has only a message. */
const failedSchema = z.object({ error: errorSchema, message: words });

/** An entry of a 207, as Trend documents it: `{"status":201}`, or with `body.error`. */
const status = z.int().check(z.gte(200), z.lte(599));
const entriesSchema = z.array(z.object({ status, body: z.optional(z.unknown()) }));

/** Seen in a public client: the list takes no more, so neither trying again nor less of it helps. */
const LIST_FULL = /number of objects exceeds the maximum limit/i;

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
        return this.service.giveUp('no_access', refusal(request, exchange.answer));
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
   * Reads with GET, trying again for as long as that can help.
   * @param path what shares a rate limit, under the base URL
   * @param link where to read: query parameters of the path, or a link that Vision One gave
   * @param headers beside those that every request has
   * @throws {Failure} where Vision One is given up, refuses, or answers something that is no JSON
   */
  async get(
    path: string,
    link: Record<string, string> | URL = {},
    headers: Record<string, string> = {},
  ): Promise<unknown> {
    const request = this.#request('GET', path);
    if (link instanceof URL) request.url = link;
    else request.url.search = new URLSearchParams(link).toString();
    Object.assign(request.headers, headers);
    const persisted = await this.service.persist(`GET ${path}`, request, (answer) => {
      const value = jsonOf(answer);
      return value === undefined ? { unreadable: 'something that is no JSON' } : { value };
    });
    switch (persisted.act) {
      case 'read':
        return persisted.value;
      case 'refused':
        throw new Failure('no_access', refusal(request, persisted.answer), persisted.answer.status);
      case 'unreadable':
        throw new Failure('no_answer', persisted.message);
      case 'give_up':
        throw new Failure(persisted.reason, persisted.message);
    }
  }

  /**
   * A link that Vision One gave, which is followed as it stands, and with the key.
   * @throws {Failure} where it leads to another origin
   */
  within(link: string): URL {
    const url = URL.canParse(link, this.base.href) ? new URL(link, this.base) : undefined;
    if (url?.origin === this.base.origin) return url;
    const where = url ? url.host : 'what is no address';
    throw new Failure(
      'no_access',
      `Vision One's list leads on to ${where}, which is not ${this.base.host}: refused`,
    );
  }

  /** The last chunk's entries settled something. */
  useful(path: string): void {
    this.service.useful(`POST ${path}`);
  }

  /** The last chunk settled nothing; waits before the next one. */
  useless(path: string, reason: Reason, attempt: number, message: string): Waited {
    return this.service.useless(`POST ${path}`, reason, attempt, message);
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
}

function refusal(request: Request, answer: Answer): string {
  return `${describe(request, answer)}${saidBy(answer)}. ${whatToCheck(answer)}`;
}

function entryOf({ status, body }: { status: number; body?: unknown }): Entry {
  const { data } = z.safeParse(failedSchema, body);
  const code = data?.error?.code;
  const message = data?.error?.message ?? data?.message;
  return { status, ...(code && { code: cut(code) }), ...(message && { message: cut(message) }) };
}

function wholeError(answer: Answer): Entry {
  return entryOf({ status: answer.status, body: jsonOf(answer) });
}

function saidBy(answer: Answer): string {
  const { code, message } = wholeError(answer);
  const said = [code, message].filter(Boolean).join(': ');
  return said ? ` (${said})` : '';
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
  return (
    detour(answer, 'API Region (or VISION_ONE_BASE_URL)') ??
    'This answer is not one that the API documents: check API Region and what stands between (proxy, gateway).'
  );
}
