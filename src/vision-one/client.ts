/** The client of Vision One's API, for both lists and any region. */
import * as z from 'zod/mini';
import { type ApiClient, describeExchange, type GivenUp, type Retry } from '../http/api-client.js';
import {
  adviceOnForeignAnswer,
  type ExpectedService,
  isOwnAnswer,
} from '../http/foreign-answer.js';
import { detailsOf } from '../http/given-up.js';
import { type Answer, parseJsonBody, type Request } from '../http/transport.js';
import type { StopReason } from '../result/reasons.js';
import { RunError } from '../result/run-error.js';
import { plural } from '../text/format.js';
import { parseUrl } from '../text/parse-url.js';
import { quote } from '../text/truncate.js';

/** Requests in flight at the same time: enough to hide the round trip, few enough for a shared limit. */
export const CONCURRENCY = 4;

/** Objects to post in one request. */
export interface PostRequest {
  /** The path of the list, or its delete path. */
  path: string;
  items: ReadonlyArray<{
    /** The object as JSON. */
    json: string;
    /** How often it has failed temporarily in a 207 before. */
    failures: number;
  }>;
  /** Statuses of an item, other than 2xx, that count as success: 409 is listed, 404 is not listed. */
  doneStatuses: readonly number[];
  /** Whether any of the items was sent before. */
  retry: boolean;
  /** Whether the items are not sent again if the answer cannot be read: then no retry has to wait. */
  isLastTry?: boolean;
  /** Whether other items can be sent now. Then only items that failed wait, and the gate stays open. */
  hasOthers: () => boolean;
}

/** The answer to one request. */
export type PostAnswer =
  /** A result for each item, in the order of the request. */
  | { act: 'items'; items: ItemResult[]; givenUp?: GivenUp }
  /** A 2xx without a result for each item. */
  | { act: 'unreadable'; message: string; givenUp?: GivenUp }
  | Retry
  | GivenUp
  | { act: 'divide'; because: 'refused' | 'too_large'; error: ItemError }
  /** A 403 or a similar status: no access, or a filter on the way blocks one object. */
  | Forbidden
  /** The list accepts no more objects. */
  | { act: 'list_full'; message: string };

/** The result of one item of a 207. */
export type ItemResult =
  | { kind: 'done' }
  | { kind: 'rejected'; error: ItemError }
  /** It failed temporarily. */
  | { kind: 'failed'; reason: StopReason; message: string };

/** An error of one item, or of a whole request. */
export interface ItemError {
  status: number;
  /** Vision One's error code; absent if it gave none. */
  code?: string;
  message?: string;
}

/** An answer that refuses a whole request, perhaps because of one object in it. */
export interface Forbidden {
  act: 'forbidden';
  status: number;
  /** Whether Vision One itself wrote the answer, as far as its format shows. */
  isOwn: boolean;
  /** The answer in words, and what to do if every object is refused. */
  message: string;
  advice: string;
}

/** Texts of an error. If one is of another type, the error is read without it. */
const optionalText = z.catch(z.optional(z.string()), undefined);
const errorSchema = z.catch(
  z.optional(z.object({ code: optionalText, message: optionalText })),
  undefined,
);

/** The body of a failed request or item. A gateway's has only a message. */
const failedSchema = z.object({ error: errorSchema, message: optionalText });

/** An item of a 207, as Trend documents it: `{"status":201}`, or with `body.error`. */
const itemSchema = z.object({
  status: z.int().check(z.gte(200), z.lte(599)),
  body: z.optional(z.unknown()),
});
const itemsSchema = z.array(itemSchema);

/** Maximum size of an answer in bytes: 1,000 items, or a page of a list, with 4 KB each. */
const MAX_ANSWER_BYTES = 4_000_000;

/** No link with a token that was seen is longer. */
const MAX_LINK_CHARS = 8_192;

/** Seen in a public client: the list is full, so neither a retry nor a smaller request would help. */
const LIST_FULL = /number of objects exceeds the maximum limit/i;

export class VisionOne {
  /** Whether a POST with this key was answered item by item: Vision One accepts the key and its role. */
  accessProven = false;
  #firstAnswerAt: number | undefined;

  constructor(
    readonly client: ApiClient,
    private readonly base: URL,
    private readonly apiKey: string,
    private readonly userAgent: string,
  ) {}

  /**
   * Posts objects, once, and records for the rate gate whether that succeeded. It never rejects.
   */
  async post(post: PostRequest): Promise<PostAnswer> {
    const { path, items, retry } = post;
    const body = `[${items.map(({ json }) => json).join(',')}]`;
    const request = this.#request('POST', path, body);
    const exchange = await this.client.exchange(`POST ${path}`, request, retry);
    switch (exchange.act) {
      case 'retry':
      case 'give_up':
        return exchange;
      case 'answer_too_large':
        return this.client.giveUp('no_answer', exchange.message);
      case 'refused':
        return this.#forbidden(request, exchange.answer);
      case 'divide': {
        this.client.recordSuccess(`POST ${path}`);
        const error = errorOfAnswer(exchange.answer);
        if (LIST_FULL.test(error.message ?? '')) {
          return { act: 'list_full', message: error.message ?? '' };
        }
        return { act: 'divide', because: exchange.because, error };
      }
      case 'read':
        return this.#readItems(post, request, exchange.answer);
    }
  }

  #readItems(post: PostRequest, request: Request, answer: Answer): PostAnswer {
    const { length } = post.items;
    const json = parseJsonBody(answer);
    // The number is compared first, because the validation of millions of items takes too long.
    const count = Array.isArray(json) ? json.length : undefined;
    const read = count === length ? z.safeParse(itemsSchema, json) : undefined;
    if (read?.success) {
      this.accessProven = true;
      return this.#judgeItems(post, read.data);
    }
    const found = read || count === undefined ? 'no list of results' : plural(count, 'result');
    const message = `${describeExchange(request, answer)} with ${found} for ${plural(length, 'object')}`;
    if (post.isLastTry) return { act: 'unreadable', message };
    return {
      act: 'unreadable',
      message,
      ...this.#recordFailure(post.path, 'no_answer', 1, message),
    };
  }

  /** Reads the results of a 207, and records whether it was a success, a failure or both. */
  #judgeItems(post: PostRequest, answered: z.infer<typeof itemsSchema>): PostAnswer {
    const items = answered.map((item, index) =>
      resultOfItem(item, post.doneStatuses, (post.items[index]?.failures ?? 0) + 1),
    );
    const failed = items.filter((item) => item.kind === 'failed');
    if (failed.length < items.length) this.client.recordSuccess(`POST ${post.path}`);
    const [first] = failed;
    if (!first || (failed.length < items.length && post.hasOthers()))
      return { act: 'items', items };
    const attempt = items.reduce(
      (most, { kind }, index) =>
        kind === 'failed' ? Math.max(most, (post.items[index]?.failures ?? 0) + 1) : most,
      1,
    );
    const { reason, message } = first;
    return { act: 'items', items, ...this.#recordFailure(post.path, reason, attempt, message) };
  }

  #recordFailure(path: string, reason: StopReason, attempt: number, message: string) {
    const retried = this.client.recordFailure(`POST ${path}`, reason, attempt, message);
    return retried.act === 'give_up' ? { givenUp: retried } : {};
  }

  /** After 401, 407 or a refused tunnel no other request can succeed. */
  #forbidden(request: Request, answer: Answer): PostAnswer {
    const { message, advice } = this.#refusal(request, answer);
    const { status, tunnelRefused } = answer;
    if (status === 401 || status === 407 || tunnelRefused) {
      return this.client.giveUp('no_access', message, advice);
    }
    const isOwn = isOwnAnswer(answer, this.service);
    return { act: 'forbidden', status, isOwn, message, advice };
  }

  /**
   * Reads with GET, and retries as long as that can help.
   * @param path under the base URL; requests with the same path share a rate limit
   * @param link query parameters of the path, or a link that Vision One gave
   * @param headers in addition to those of every request
   * @throws {RunError} if Vision One is given up, refuses the request, or does not answer with JSON
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
    const read = await this.client.read(`GET ${path}`, request, (answer) => {
      this.#firstAnswerAt ??= timeOf(answer);
      const value = parseJsonBody(answer);
      return value === undefined ? { unreadable: 'a body that is not JSON' } : { value };
    });
    switch (read.act) {
      case 'read':
        return read.value;
      case 'refused': {
        const { message, advice, isForeign } = this.#refusal(request, read.answer);
        const { status } = read.answer;
        throw new RunError('no_access', message, { advice, status, isForeign });
      }
      case 'unreadable':
      case 'ask_for_less':
        throw new RunError('no_answer', read.message);
      case 'give_up':
        throw new RunError(read.reason, read.message, detailsOf(read, this.service));
    }
  }

  /**
   * Checks a link that Vision One gave. The key is sent to it, so it must have the same origin, including
   * scheme and port, and no user name or password.
   * @throws {RunError} if it has another origin, or is too long
   */
  within(link: string): URL {
    const url = link.length <= MAX_LINK_CHARS ? parseUrl(link, this.base.href) : undefined;
    const hasUser = Boolean(url?.username || url?.password);
    if (url && url.origin === this.base.origin && !hasUser) return url;
    const problem = !url
      ? `is not a link, or longer than ${MAX_LINK_CHARS} characters`
      : hasUser
        ? 'has a user name'
        : `leads to ${quote(`${url.protocol}//${url.host}`)} instead of ${this.base.origin}`;
    throw new RunError(
      'no_access',
      `the link to the next page of Vision One's list ${problem}: it was not followed, because the API key would be sent there`,
    );
  }

  /**
   * When Vision One first answered a GET, by its own clock (the Date header), in milliseconds since the
   * epoch and whole seconds; undefined if no answer had a date.
   */
  get firstAnswerAt(): number | undefined {
    return this.#firstAnswerAt;
  }

  /** Ends the back-off, because the next request is smaller than the one that failed. */
  dropBackoff(path: string): void {
    this.client.dropBackoff(`POST ${path}`);
  }

  /** Ends all requests. The first reason is kept and returned to every caller. */
  giveUp(reason: StopReason, message: string, advice: string): GivenUp {
    return this.client.giveUp(reason, message, advice);
  }

  /** The service, as messages name it. */
  get service(): ExpectedService {
    return {
      name: 'Vision One',
      host: this.base.host,
      setting: 'API Region or API Endpoint (or VISION_ONE_BASE_URL)',
      isOwn: isOwnError,
    };
  }

  #refusal(request: Request, answer: Answer) {
    const own = adviceOnStatus(answer.status);
    const foreign = adviceOnForeignAnswer(answer, this.service);
    // A gateway of Trend also answers with JSON, but in another format: `{"message":…}`.
    const isUnclear =
      foreign !== undefined &&
      [401, 403].includes(answer.status) &&
      parseJsonBody(answer) !== undefined;
    return {
      message: `${describeExchange(request, answer)}${errorText(answer)}`,
      isForeign: foreign !== undefined,
      advice: isUnclear ? `${foreign} Or else: ${own}` : (foreign ?? own),
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

function timeOf({ headers }: Answer): number | undefined {
  const time = Date.parse(headers['date'] ?? '');
  return Number.isNaN(time) ? undefined : time;
}

/** @param attempt how often the item has been sent, including this request; from 1 */
function resultOfItem(
  item: z.infer<typeof itemSchema>,
  doneStatuses: readonly number[],
  attempt: number,
): ItemResult {
  const { status } = item;
  if (status < 300 || doneStatuses.includes(status)) return { kind: 'done' };
  const error = itemError(item);
  if (status !== 429 && status < 500) return { kind: 'rejected', error };
  const reason = status === 429 ? 'rate_limited' : 'service_unavailable';
  const tries = attempt === 1 ? 'one try' : `${attempt} tries`;
  return { kind: 'failed', reason, message: `${describeError(error)}, after ${tries}` };
}

/** An error in words, such as `HTTP 400 (BadRequest: the value is invalid)`. */
export function describeError({ status, ...texts }: ItemError): string {
  const text = textOf(texts);
  return text ? `HTTP ${status} (${text})` : `HTTP ${status}`;
}

function textOf({ code, message }: Pick<ItemError, 'code' | 'message'>): string {
  return [code, message].filter(Boolean).join(': ');
}

function itemError({ status, body }: { status: number; body?: unknown }): ItemError {
  const { data } = z.safeParse(failedSchema, body);
  const code = data?.error?.code;
  const message = data?.error?.message ?? data?.message;
  return {
    status,
    ...(code && { code: quote(code) }),
    ...(message && { message: quote(message) }),
  };
}

function errorOfAnswer(answer: Answer): ItemError {
  return itemError({ status: answer.status, body: parseJsonBody(answer) });
}

function errorText(answer: Answer): string {
  const text = textOf(errorOfAnswer(answer));
  return text ? ` (${text})` : '';
}

/** Whether a body has Vision One's format of an error: an object with a code. Gateways have others. */
function isOwnError(json: unknown): boolean {
  return z.safeParse(z.object({ error: z.object({ code: z.string() }) }), json).success;
}

/** What the administrator should check if Vision One itself refuses a request. */
function adviceOnStatus(status: number): string {
  if (status === 401) {
    // A year: by Trend's help.
    return 'Check that the API Key is complete, not expired, and of the same region as API Region: a key of the ThreatQ page of the console expires after a year. If the key is restricted to IPv4 addresses, check that they include the public address of this machine.';
  }
  if (status === 403) {
    return 'Check the role of the API Key: it needs the Suspicious Object Management permissions "View, filter, and search" and "Manage lists and configure settings", as the predefined SOAR role has them. If the role is right, check that the key has not expired, and that the IPv4 addresses it is restricted to include the public address of this machine.';
  }
  if (status === 404)
    return 'Check API Region or API Endpoint (or VISION_ONE_BASE_URL): this address does not have the API.';
  return 'The documentation of the API does not list this status: check API Region, and any proxy or gateway between this machine and Vision One.';
}
