/** ThreatQ's REST API: the token, and requests that carry it. */
import * as z from 'zod/mini';
import type { Clock } from '../http/clock.js';
import { cut } from '../http/cut.js';
import { detour } from '../http/detour.js';
import { Failure } from '../http/failure.js';
import { type Answer, jsonOf, type Request } from '../http/send.js';
import { describe, type Service } from '../http/service.js';
import type { ThreatQAccess } from './access.js';

/** The longest token that is taken, in characters: servers accept headers of 8 to 16 KB. */
const LONGEST_TOKEN = 16_384;

const tokenSchema = z.object({
  /** What a header can carry: of anything else a part would be dropped on the way. */
  access_token: z.string().check(z.regex(/^[\x21-\x7e]+$/)),
  expires_in: z.catch(z.optional(z.union([z.number(), z.string()])), undefined),
  refresh_token: z.catch(z.optional(z.string()), undefined),
});

/** `errors` are a mapping of fields or a list, beside `data` or in it, and sometimes inside a 2xx. */
const errorsSchema = z.object({
  errors: z.optional(z.unknown()),
  data: z.optional(z.catch(z.object({ errors: z.optional(z.unknown()) }), {})),
});

/** A token is renewed this long before it expires, or a tenth of its life where that is shorter. */
const RENEW_BEFORE_MS = 30_000;

interface Token {
  text: string;
  renewAt: number;
}

export interface Call {
  method: 'GET' | 'POST';
  /** Under `/api`. */
  path: string;
  /** What shares a rate limit, where the path holds something that varies. */
  endpoint?: string;
  query?: Record<string, string>;
  body?: unknown;
  /** What a 404 or a 403 means to whoever asked. */
  notFound?: string;
}

export class ThreatQ {
  #token: Token | undefined;

  constructor(
    readonly service: Service,
    private readonly access: ThreatQAccess,
    private readonly clock: Clock,
    private readonly userAgent: string,
    private readonly onSecret: (secret: string) => void,
  ) {}

  /**
   * Calls the API and reads JSON.
   * @throws {Failure} where ThreatQ is given up, refuses, or answers nothing that can be read
   */
  async call(call: Call): Promise<unknown> {
    for (let renewed = false; ; renewed = true) {
      const token = await this.#validToken();
      const request = this.#request(call.method, call.path, call.query, {
        Authorization: `Bearer ${token.text}`,
      });
      if (call.body !== undefined) {
        request.body = JSON.stringify(call.body);
        request.headers['Content-Type'] = 'application/json';
      }
      const read = await this.#persist(call.endpoint ?? call.path, request, renewed);
      if (!('refused' in read)) return read.json;
      const { refused } = read;
      if (refused.status !== 401 || renewed) throw refusal(request, refused, call.notFound);
      // Expired or revoked before its time: one new token, not more.
      this.#token = undefined;
    }
  }

  /** Gets a token where there is none yet: proves that ThreatQ is there and knows the client. */
  async authenticate(): Promise<void> {
    await this.#validToken();
  }

  async #validToken(): Promise<Token> {
    if (this.#token && this.clock.now() < this.#token.renewAt) return this.#token;
    const { credentials } = this.access;
    const request = this.#request('POST', '/token', undefined, {
      'Content-Type': 'application/x-www-form-urlencoded',
    });
    if (credentials.grant === 'client_credentials') {
      const basic = Buffer.from(`${credentials.clientId}:${credentials.clientSecret}`).toString(
        'base64',
      );
      this.onSecret(basic);
      request.headers['Authorization'] = `Basic ${basic}`;
      request.body = 'grant_type=client_credentials';
    } else {
      request.body = new URLSearchParams({
        grant_type: 'password',
        client_id: credentials.clientId,
        email: credentials.email,
        password: credentials.password,
      }).toString();
    }
    const askedAt = this.clock.now();
    const read = await this.#persist('/token', request, false);
    if ('refused' in read) {
      const { refused } = read;
      if (![400, 401, 403, 422].includes(refused.status)) throw refusal(request, refused);
      const what =
        credentials.grant === 'password'
          ? 'client id, email and password'
          : 'client id and client secret';
      const message = `${describe(request, refused)}${saidBy(refused)}. ThreatQ does not accept the ${what}: check them, and that the client is still enabled.`;
      throw new Failure('threatq_credentials', message);
    }
    const parsed = z.safeParse(tokenSchema, read.json);
    if (!parsed.success || isTooLong(parsed.data)) {
      const what = parsed.success
        ? `a token of more than ${LONGEST_TOKEN} characters`
        : 'no access_token that can be used';
      const message = `${request.method} ${request.url.origin}${request.url.pathname}: the answer holds ${what}. Check that threatq.host is a ThreatQ.`;
      throw new Failure('threatq_unreadable', message);
    }
    this.onSecret(parsed.data.access_token);
    if (parsed.data.refresh_token) this.onSecret(parsed.data.refresh_token);
    const lifeMs = Number(parsed.data.expires_in ?? Number.NaN) * 1000;
    const early = Math.min(RENEW_BEFORE_MS, lifeMs / 10);
    this.#token = {
      text: parsed.data.access_token,
      renewAt: lifeMs > 0 ? askedAt + lifeMs - early : Number.POSITIVE_INFINITY,
    };
    return this.#token;
  }

  /** Sends until there is JSON without errors, or an answer that no other try will change. */
  async #persist(
    endpoint: string,
    request: Request,
    retry: boolean,
  ): Promise<{ json: unknown } | { refused: Answer }> {
    const gate = `${request.method} ${endpoint}`;
    const persisted = await this.service.persist(
      gate,
      request,
      (answer) => {
        const value = jsonOf(answer);
        if (value === undefined) return { unreadable: 'something that is no JSON' };
        const errors = errorsIn(value);
        return errors === undefined ? { value } : { unreadable: errors };
      },
      retry,
    );
    switch (persisted.act) {
      case 'read':
        return { json: persisted.value };
      case 'refused':
        return { refused: persisted.answer };
      case 'unreadable': {
        const message = `ThreatQ's answer cannot be read: ${persisted.message}`;
        throw new Failure('threatq_unreadable', message);
      }
      case 'give_up': {
        const code = persisted.reason === 'interrupted' ? 'interrupted' : 'threatq_unavailable';
        throw new Failure(code, `ThreatQ was given up: ${persisted.message}`);
      }
    }
  }

  #request(
    method: 'GET' | 'POST',
    path: string,
    query: Record<string, string> | undefined,
    headers: Record<string, string>,
  ): Request {
    const url = new URL(this.access.host);
    url.pathname = `${url.pathname.replace(/\/$/, '')}/api${path}`;
    url.search = new URLSearchParams(query).toString();
    return {
      method,
      url,
      headers: { Accept: 'application/json', 'User-Agent': this.userAgent, ...headers },
    };
  }
}

function isTooLong({ access_token, refresh_token = '' }: z.infer<typeof tokenSchema>): boolean {
  return Math.max(access_token.length, refresh_token.length) > LONGEST_TOKEN;
}

/** The errors of a body as one text; undefined where it holds none. */
function errorsIn(json: unknown): string | undefined {
  const read = z.safeParse(errorsSchema, json);
  if (!read.success) return undefined;
  const told = [read.data.errors, read.data.data?.errors].filter(isTold);
  if (told.length === 0) return undefined;
  const messages: string[] = [];
  collectText(told, messages, 0);
  return cut(messages.join('; ') || 'errors without a text');
}

/** An empty list of errors is no error; whatever else stands there is one, with words or without. */
function isTold(errors: unknown): boolean {
  if (typeof errors !== 'object') return Boolean(errors);
  return errors !== null && Object.keys(errors).length > 0;
}

function collectText(value: unknown, into: string[], depth: number): void {
  if (typeof value === 'string') into.push(value);
  else if (typeof value === 'object' && value !== null && depth < 4) {
    for (const entry of Object.values(value)) collectText(entry, into, depth + 1);
  }
}

function saidBy(answer: Answer): string {
  const errors = errorsIn(jsonOf(answer));
  return errors ? ` (${errors})` : '';
}

function refusal(request: Request, answer: Answer, notFound?: string): Failure {
  const head = `${describe(request, answer)}${saidBy(answer)}.`;
  const { status } = answer;
  if (notFound && (status === 404 || status === 403)) {
    return new Failure('data_collection_not_found', `${notFound} (${head})`);
  }
  if (status === 401) {
    return new Failure(
      'threatq_credentials',
      `${head} ThreatQ refuses a token that it has just given: check the client's rights.`,
    );
  }
  const advice =
    detour(answer, 'threatq.host') ?? 'Check threatq.host and the rights of its client.';
  return new Failure('threatq_refused', `${head} ${advice}`);
}
