/** Vision One's API: one client for both lists, aware of nothing but its region's base URL. */
import * as z from 'zod/mini';
import { describe, type GivenUp, type Service, type Waited } from '../http/api-client.js';
import {
  adviceOnForeignAnswer,
  type ExpectedService,
  isOwnAnswer,
} from '../http/foreign-answer.js';
import { type Answer, jsonOf, type Request } from '../http/transport.js';
import type { StopReason } from '../result/reasons.js';
import { RunError } from '../result/run-error.js';
import { quote } from '../text/truncate.js';

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
  /** A 403 or a similar status: no access, or a filter on the way blocks one object. */
  | Forbidden
  /** The list takes no more. */
  | { act: 'list_full'; message: string };

/** An answer that refuses a whole request, perhaps because of one object in it. */
export interface Forbidden {
  act: 'forbidden';
  status: number;
  /** Vision One itself wrote the answer, as far as its form tells. */
  isOwn: boolean;
  /** What was answered, and what to do about it if every object is refused. */
  message: string;
  advice: string;
}

/** Words for people: where they are of another kind there are none, and the status says what holds. */
const words = z.catch(z.optional(z.string()), undefined);
const errorSchema = z.catch(z.optional(z.object({ code: words, message: words })), undefined);

/** The body of an answer that failed as a whole, or of an entry; a gateway's has only a message. */
const failedSchema = z.object({ error: errorSchema, message: words });

/** An entry of a 207, as Trend documents it: `{"status":201}`, or with `body.error`. */
const status = z.int().check(z.gte(200), z.lte(599));
const entriesSchema = z.array(z.object({ status, body: z.optional(z.unknown()) }));

/** What 1,000 entries, or a page of a list, can weigh, with 4 KB for each. In bytes. */
const MAX_ANSWER_BYTES = 4_000_000;

/** Longer than any link with a token in it that was seen. */
const LONGEST_LINK = 8_192;

/** Seen in a public client: the list takes no more, so neither trying again nor less of it helps. */
const LIST_FULL = /number of objects exceeds the maximum limit/i;

export class VisionOne {
  /** A POST with this key was answered item by item: Vision One knows the key and its role. */
  accessProven = false;

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
      case 'answer_too_large':
        return this.service.giveUp('no_answer', exchange.message);
      case 'refused':
        return this.#forbidden(request, exchange.answer);
      case 'divide': {
        this.useful(path);
        const error = wholeError(exchange.answer);
        if (LIST_FULL.test(error.message ?? '')) {
          return { act: 'list_full', message: error.message ?? '' };
        }
        return { act: 'divide', because: exchange.because, error };
      }
      case 'use': {
        const json = jsonOf(exchange.answer);
        // Compare the number first: a list of millions must not be validated entry by entry.
        const count = Array.isArray(json) ? json.length : undefined;
        const read = count === length ? z.safeParse(entriesSchema, json) : undefined;
        if (read?.success) {
          this.accessProven = true;
          return { act: 'entries', entries: read.data.map(entryOf) };
        }
        const said = read || count === undefined ? 'no list of entries' : `${count} entries`;
        const message = `${describe(request, exchange.answer)} with ${said} for ${length} objects`;
        return { act: 'no_answer', message };
      }
    }
  }

  /** 401, 407 and a refused tunnel are final: no other request can succeed. */
  #forbidden(request: Request, answer: Answer): Posted {
    const { message, advice } = this.#refusal(request, answer);
    const { status, tunnelRefused } = answer;
    if (status === 401 || status === 407 || tunnelRefused) {
      return this.service.giveUp('no_access', message, advice);
    }
    const isOwn = isOwnAnswer(answer, this.#expected);
    return { act: 'forbidden', status, isOwn, message, advice };
  }

  /**
   * Reads with GET, trying again for as long as that can help.
   * @param path what shares a rate limit, under the base URL
   * @param link where to read: query parameters of the path, or a link that Vision One gave
   * @param headers beside those that every request has
   * @throws {RunError} where Vision One is given up, refuses, or answers something that is no JSON
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
      case 'refused': {
        const { message, advice, isForeign } = this.#refusal(request, persisted.answer);
        const { status } = persisted.answer;
        throw new RunError('no_access', message, { advice, status, isForeign });
      }
      case 'unreadable':
      case 'ask_for_less':
        throw new RunError('no_answer', persisted.message);
      case 'give_up':
        throw new RunError(persisted.reason, persisted.message, { advice: persisted.advice });
    }
  }

  /**
   * A link that Vision One gave. It is followed unchanged, and with the key: only to the very same
   * origin, scheme and port included, and without user name and password in it.
   * @throws {RunError} if it leads elsewhere, or is too long for a link
   */
  within(link: string): URL {
    const fits = link.length <= LONGEST_LINK && URL.canParse(link, this.base.href);
    const url = fits ? new URL(link, this.base) : undefined;
    const hasUser = Boolean(url?.username || url?.password);
    if (url && url.origin === this.base.origin && !hasUser) return url;
    const problem = !url
      ? `is no link, or longer than ${LONGEST_LINK} characters`
      : hasUser
        ? 'holds a user name'
        : `leads to ${quote(`${url.protocol}//${url.host}`)} instead of ${this.base.origin}`;
    throw new RunError(
      'no_access',
      `the link to the next page of Vision One's list ${problem}: it was not followed, because the API key would be sent there`,
    );
  }

  /** What is sent next is smaller than what failed, so it does not have to wait for that back-off. */
  dropBackoff(path: string): void {
    this.service.dropBackoff(`POST ${path}`);
  }

  /** Nothing more is sent; every caller gets the reason. */
  giveUp(reason: StopReason, message: string, advice: string): GivenUp {
    return this.service.giveUp(reason, message, advice);
  }

  /** The last chunk's entries settled something. */
  useful(path: string): void {
    this.service.useful(`POST ${path}`);
  }

  /** The last chunk settled nothing; waits before the next one. */
  useless(path: string, reason: StopReason, attempt: number, message: string): Waited {
    return this.service.useless(`POST ${path}`, reason, attempt, message);
  }

  get #expected(): ExpectedService {
    return {
      name: 'Vision One',
      host: this.base.host,
      setting: 'API Region (or VISION_ONE_BASE_URL)',
      isOwn: isOwnError,
    };
  }

  #refusal(request: Request, answer: Answer) {
    const own = adviceOnStatus(answer.status);
    const foreign = adviceOnForeignAnswer(answer, this.#expected);
    // A gateway of Trend's may answer with JSON of its own: `{"message":…}`.
    const mayBeBoth =
      foreign !== undefined && [401, 403].includes(answer.status) && jsonOf(answer) !== undefined;
    return {
      message: `${describe(request, answer)}${saidBy(answer)}`,
      isForeign: foreign !== undefined,
      advice: mayBeBoth ? `${foreign} Or else: ${own}` : (foreign ?? own),
    };
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
      maxAnswerBytes: MAX_ANSWER_BYTES,
      ...(body !== undefined && { body }),
    };
  }
}

function entryOf({ status, body }: { status: number; body?: unknown }): Entry {
  const { data } = z.safeParse(failedSchema, body);
  const code = data?.error?.code;
  const message = data?.error?.message ?? data?.message;
  return {
    status,
    ...(code && { code: quote(code) }),
    ...(message && { message: quote(message) }),
  };
}

function wholeError(answer: Answer): Entry {
  return entryOf({ status: answer.status, body: jsonOf(answer) });
}

function saidBy(answer: Answer): string {
  const { code, message } = wholeError(answer);
  const said = [code, message].filter(Boolean).join(': ');
  return said ? ` (${said})` : '';
}

/** Vision One writes an error as an object with a code; a gateway or a filter does not. */
function isOwnError(json: unknown): boolean {
  return z.safeParse(z.object({ error: z.object({ code: z.string() }) }), json).success;
}

/** What an administrator should check if Vision One itself refuses a whole request. */
function adviceOnStatus(status: number): string {
  if (status === 401) {
    return 'Check that the API Key is complete, not expired, and of the same region as API Region, and that the IPv4 addresses it is restricted to include the public address of this machine.';
  }
  if (status === 403) {
    return 'Check the role of the API Key: it needs the Suspicious Object Management permissions "View, filter, and search" and "Manage lists and configure settings", as the predefined SOAR role has them. If the role is right, check that the key has not expired, and that the IPv4 addresses it is restricted to include the public address of this machine.';
  }
  if (status === 404) return 'Check API Region (or VISION_ONE_BASE_URL): this API is not there.';
  return 'The documentation of the API does not list this status: check API Region, and any proxy or gateway between here and Vision One.';
}
