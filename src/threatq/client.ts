/** ThreatQ's REST API: the token, and requests that carry it. */
import * as z from 'zod/mini';
import { describe, type Service } from '../http/api-client.js';
import type { Clock } from '../http/clock.js';
import { adviceOnForeignAnswer } from '../http/foreign-answer.js';
import { type Answer, jsonOf, type Request } from '../http/transport.js';
import type { ErrorCode } from '../result/reasons.js';
import { RunError } from '../result/run-error.js';
import { quote } from '../text/truncate.js';
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
  /** What a 404 or a 403 means for this call. */
  notFound?: string;
  /** The caller can ask for less: a failure that this may avoid is thrown at once, with askForLess. */
  canAskForLess?: boolean;
}

/** Statuses by which ThreatQ refuses the size of a page (400 and 422 seen). */
const TOO_MUCH_ASKED = [400, 413, 422];

/** What a refusal means for the request that it answers. */
interface Meaning {
  code?: ErrorCode;
  advice?: string;
  notFound?: string | undefined;
  askForLess?: boolean | undefined;
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
   * @throws {RunError} if ThreatQ is given up, refuses, or answers nothing that can be read; with
   * askForLess if the call can ask for less and that may help
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
      const read = await this.#persist(call.endpoint ?? call.path, request, {
        retry: renewed,
        canAskForLess: call.canAskForLess ?? false,
      });
      if (!('refused' in read)) return read.json;
      const { refused } = read;
      if (refused.status !== 401 || renewed) {
        const askForLess = call.canAskForLess && TOO_MUCH_ASKED.includes(refused.status);
        throw this.#refusal(request, refused, { notFound: call.notFound, askForLess });
      }
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
    const read = await this.#persist('/token', request, {});
    if ('refused' in read) {
      const { refused } = read;
      if (![400, 401, 403, 422].includes(refused.status)) throw this.#refusal(request, refused);
      const what =
        credentials.grant === 'password'
          ? 'client id, email and password'
          : 'client id and client secret';
      throw this.#refusal(request, refused, {
        code: 'threatq_credentials',
        advice: `ThreatQ does not accept the ${what}: check them, and that the client is still enabled.`,
      });
    }
    const parsed = z.safeParse(tokenSchema, read.json);
    if (!parsed.success || isTooLong(parsed.data)) {
      const holds = parsed.success
        ? `a token of more than ${LONGEST_TOKEN} characters`
        : 'no access_token that can be used';
      const message = `${request.method} ${request.url.origin}${request.url.pathname}: the answer holds ${holds}`;
      const advice = 'Check that threatq.host is the address of a ThreatQ server.';
      throw new RunError('threatq_unreadable', message, { advice });
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
    options: { retry?: boolean; canAskForLess?: boolean },
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
      options,
    );
    switch (persisted.act) {
      case 'read':
        return { json: persisted.value };
      case 'refused':
        return { refused: persisted.answer };
      case 'unreadable': {
        const message = `ThreatQ's answer cannot be read: ${persisted.message}`;
        throw new RunError('threatq_unreadable', message);
      }
      case 'ask_for_less':
        throw new RunError('threatq_unavailable', persisted.message, { askForLess: true });
      case 'give_up': {
        const { reason, message, advice } = persisted;
        const code = reason === 'interrupted' ? 'interrupted' : 'threatq_unavailable';
        throw new RunError(code, `ThreatQ was given up: ${message}`, { advice });
      }
    }
  }

  #refusal(request: Request, answer: Answer, meaning: Meaning = {}): RunError {
    const head = `${describe(request, answer)}${saidBy(answer)}`;
    const { status } = answer;
    const foreign = adviceOnForeignAnswer(answer, {
      name: 'ThreatQ',
      host: this.access.host.host,
      setting: 'threatq.host',
      isOwn: (json) => typeof json === 'object' && json !== null,
    });
    const more = { status, askForLess: meaning.askForLess ?? false };
    if (foreign) {
      return new RunError('threatq_refused', head, { ...more, advice: foreign, isForeign: true });
    }
    if (meaning.notFound && (status === 404 || status === 403)) {
      return new RunError('data_collection_not_found', `${meaning.notFound} (${head})`, more);
    }
    const code = meaning.code ?? (status === 401 ? 'threatq_credentials' : 'threatq_refused');
    const advice =
      meaning.advice ??
      (status === 401
        ? 'ThreatQ refuses a token that it has just issued: check the rights of this API client, and whether a proxy removes the Authorization header.'
        : 'Check threatq.host and the rights of its client.');
    return new RunError(code, head, { ...more, advice });
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
  return quote(messages.join('; ') || 'errors without a text');
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
