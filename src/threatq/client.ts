/** The client of ThreatQ's REST API: it gets a token, and sends requests with it. */
import * as z from 'zod/mini';
import { type ApiClient, describeExchange, type ReadOptions } from '../http/api-client.js';
import type { Clock } from '../http/clock.js';
import { adviceOnForeignAnswer, type ExpectedService } from '../http/foreign-answer.js';
import { detailsOf } from '../http/given-up.js';
import { type Answer, parseJsonBody, type Request } from '../http/transport.js';
import type { ErrorCode } from '../result/reasons.js';
import { RunError } from '../result/run-error.js';
import { quote } from '../text/truncate.js';
import { CREDENTIAL_NAMES, type ThreatQAccess, type ThreatQCredentials } from './access.js';

/** The longest token that is accepted: servers accept headers of 8 to 16 KB. */
const MAX_TOKEN_CHARS = 16_384;

const tokenSchema = z.object({
  /** Only characters that a header can have: others would be lost on the way. */
  access_token: z.string().check(z.regex(/^[\x21-\x7e]+$/)),
  expires_in: z.catch(z.optional(z.union([z.number(), z.string()])), undefined),
  refresh_token: z.catch(z.optional(z.string()), undefined),
});

/** `errors` are a mapping of fields or a list, next to `data` or in it, and sometimes in a 2xx. */
const errorsSchema = z.object({
  errors: z.optional(z.unknown()),
  data: z.optional(z.catch(z.object({ errors: z.optional(z.unknown()) }), {})),
});

/** A token is renewed this long before it expires, or a tenth of its life before if that is shorter. */
const RENEW_BEFORE_MS = 30_000;

interface Token {
  text: string;
  renewAt: number;
}

/** A call of the API. */
export interface ThreatQCall {
  method: 'GET' | 'POST';
  /** Under `/api`. */
  path: string;
  /** The path without variable parts, if it has some: calls with the same one share a rate limit. */
  endpoint?: string;
  query?: Record<string, string>;
  body?: unknown;
  /** What a 404 or a 403 means for this call. */
  notFound?: string;
  /** Whether the caller can ask for less. If that may help, a failure is thrown at once, with askForLess. */
  canAskForLess?: boolean;
}

/** Statuses with which ThreatQ refuses the size of a page (400 and 422 have been seen). */
const PAGE_TOO_LARGE = [400, 413, 422];

/** Statuses with which ThreatQ refuses credentials. */
const CREDENTIALS_REFUSED = [400, 401, 403, 422];

/** What an administrator may not know about the credentials of a grant. */
const ADVICE_ON_GRANT: Record<ThreatQCredentials['grant'], string> = {
  client_credentials: 'If email and password are given too, they are not used.',
  // By ThreatQ's help.
  password: 'The client id of this grant is the API password in the profile of the user.',
};

/** What a refusal means for the request that was refused. */
interface RefusalMeaning {
  code?: ErrorCode;
  advice?: string;
  notFound?: string | undefined;
  askForLess?: boolean | undefined;
}

export class ThreatQ {
  #token: Token | undefined;

  constructor(
    readonly client: ApiClient,
    private readonly access: ThreatQAccess,
    private readonly clock: Clock,
    private readonly userAgent: string,
    private readonly onSecret: (secret: string) => void,
  ) {}

  /**
   * Calls the API and reads JSON.
   * @throws {RunError} if ThreatQ is given up, refuses the call, or gives an answer that cannot be read;
   * with askForLess if the call can ask for less and that may help
   */
  async call(call: ThreatQCall): Promise<unknown> {
    const first = await this.#callOnce(call, false);
    if ('json' in first) return first.json;
    if (first.refused.status !== 401) throw this.#refusalOfCall(call, first);
    // The token expired or was revoked early: one new token is requested.
    this.#token = undefined;
    const second = await this.#callOnce(call, true);
    if ('json' in second) return second.json;
    throw this.#refusalOfCall(call, second);
  }

  /** Milliseconds by the monotonic clock of the run. */
  now(): number {
    return this.clock.now();
  }

  /** Gets a token, if there is none: it proves that ThreatQ is reachable and accepts the credentials. */
  async authenticate(): Promise<void> {
    await this.#validToken();
  }

  async #callOnce(
    call: ThreatQCall,
    retry: boolean,
  ): Promise<{ json: unknown } | { refused: Answer; request: Request }> {
    const token = await this.#validToken();
    const request = this.#request(call.method, call.path, call.query, {
      Authorization: `Bearer ${token.text}`,
    });
    if (call.body !== undefined) {
      request.body = JSON.stringify(call.body);
      request.headers['Content-Type'] = 'application/json';
    }
    const read = await this.#read(call.endpoint ?? call.path, request, {
      retry,
      canAskForLess: call.canAskForLess ?? false,
    });
    return 'json' in read ? read : { ...read, request };
  }

  #refusalOfCall(
    { canAskForLess, notFound }: ThreatQCall,
    { refused, request }: { refused: Answer; request: Request },
  ): RunError {
    const askForLess = canAskForLess && PAGE_TOO_LARGE.includes(refused.status);
    return this.#refusal(request, refused, { notFound, askForLess });
  }

  async #validToken(): Promise<Token> {
    if (this.#token && this.clock.now() < this.#token.renewAt) return this.#token;
    const { credentials } = this.access;
    const request = this.#tokenRequest(credentials);
    const requestedAt = this.clock.now();
    const read = await this.#read('/token', request, {});
    if ('refused' in read) throw this.#tokenRefusal(request, read.refused, credentials);
    const token = this.#readToken(request, read.json);
    this.onSecret(token.access_token);
    if (token.refresh_token) this.onSecret(token.refresh_token);
    const lifeMs = Number(token.expires_in ?? Number.NaN) * 1000;
    const early = Math.min(RENEW_BEFORE_MS, lifeMs / 10);
    this.#token = {
      text: token.access_token,
      renewAt: lifeMs > 0 ? requestedAt + lifeMs - early : Number.POSITIVE_INFINITY,
    };
    return this.#token;
  }

  #tokenRequest(credentials: ThreatQCredentials): Request {
    const request = this.#request('POST', '/token', undefined, {
      'Content-Type': 'application/x-www-form-urlencoded',
    });
    if (credentials.grant === 'client_credentials') {
      const { clientId, clientSecret } = credentials;
      const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
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
    return request;
  }

  #tokenRefusal(request: Request, refused: Answer, { grant }: ThreatQCredentials): RunError {
    if (!CREDENTIALS_REFUSED.includes(refused.status)) {
      const advice =
        'This may not be the address of a ThreatQ server: check threatq.host with its port.';
      return this.#refusal(request, refused, { advice });
    }
    return this.#refusal(request, refused, {
      code: 'threatq_credentials',
      advice: `ThreatQ does not accept the ${CREDENTIAL_NAMES[grant]}: check them, and that the client is still enabled. ${ADVICE_ON_GRANT[grant]} Check also that threatq.host is the server that issued them.`,
    });
  }

  /** @throws {RunError} if the answer has no token that can be used */
  #readToken({ method, url }: Request, json: unknown): z.infer<typeof tokenSchema> {
    const parsed = z.safeParse(tokenSchema, json);
    if (parsed.success && !isTooLong(parsed.data)) return parsed.data;
    const problem = parsed.success
      ? `a token of more than ${MAX_TOKEN_CHARS} characters`
      : 'no access_token that can be used';
    const message = `${method} ${url.origin}${url.pathname}: the answer has ${problem}`;
    const advice = 'Check that threatq.host is the address of a ThreatQ server.';
    throw new RunError('threatq_unreadable', message, { advice });
  }

  /** Sends a request until there is JSON without errors, or an answer that a retry would not change. */
  async #read(
    endpoint: string,
    request: Request,
    options: ReadOptions,
  ): Promise<{ json: unknown } | { refused: Answer }> {
    const read = await this.client.read(
      `${request.method} ${endpoint}`,
      request,
      (answer) => {
        const value = parseJsonBody(answer);
        if (value === undefined) return { unreadable: 'a body that is not JSON' };
        const errors = errorsIn(value);
        return errors === undefined ? { value } : { unreadable: errors };
      },
      options,
    );
    switch (read.act) {
      case 'read':
        return { json: read.value };
      case 'refused':
        return { refused: read.answer };
      case 'unreadable': {
        const message = `ThreatQ's answer cannot be read: ${read.message}`;
        throw new RunError('threatq_unreadable', message);
      }
      case 'ask_for_less':
        throw new RunError('threatq_unavailable', read.message, { askForLess: true });
      case 'give_up': {
        const { reason, message } = read;
        const isOwnEnd = reason === 'interrupted' || reason === 'time_limit';
        const code = isOwnEnd ? reason : 'threatq_unavailable';
        const details = detailsOf(read, this.service);
        throw new RunError(code, `ThreatQ was given up: ${message}`, details);
      }
    }
  }

  /** The service, as messages name it. */
  get service(): ExpectedService {
    return {
      name: 'ThreatQ',
      host: this.access.host.host,
      setting: 'threatq.host',
      isOwn: (json) => typeof json === 'object' && json !== null,
    };
  }

  #refusal(request: Request, answer: Answer, meaning: RefusalMeaning = {}): RunError {
    const text = `${describeExchange(request, answer)}${errorText(answer)}`;
    const { status } = answer;
    const foreign = adviceOnForeignAnswer(answer, this.service);
    const more = { status, askForLess: meaning.askForLess ?? false };
    if (foreign) {
      return new RunError('threatq_refused', text, { ...more, advice: foreign, isForeign: true });
    }
    if (meaning.notFound && (status === 404 || status === 403)) {
      return new RunError('data_collection_not_found', `${meaning.notFound} (${text})`, more);
    }
    const code = meaning.code ?? (status === 401 ? 'threatq_credentials' : 'threatq_refused');
    return new RunError(code, text, { ...more, advice: meaning.advice ?? adviceOnStatus(status) });
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

/** What the administrator should check if ThreatQ refuses a request with a token. */
function adviceOnStatus(status: number): string {
  if (status === 401) {
    return 'ThreatQ refuses a token that it has just issued: check the rights of this API client, and whether a proxy removes the Authorization header.';
  }
  if (status === 403) {
    return 'Check the role of this API client in ThreatQ: it must be permitted to read data collections and indicators.';
  }
  if (status === 404 || status === 405) {
    return 'This ThreatQ may be older than the required_threatq_version of manifest.yaml: check its version, and threatq.host.';
  }
  return 'Check threatq.host and the rights of its client.';
}

function isTooLong({ access_token, refresh_token = '' }: z.infer<typeof tokenSchema>): boolean {
  return Math.max(access_token.length, refresh_token.length) > MAX_TOKEN_CHARS;
}

/** The errors of a body as one text; undefined if it has none. */
function errorsIn(json: unknown): string | undefined {
  const read = z.safeParse(errorsSchema, json);
  if (!read.success) return undefined;
  const errors = [read.data.errors, read.data.data?.errors].filter(hasContent);
  if (errors.length === 0) return undefined;
  const messages: string[] = [];
  collectText(errors, messages, 0);
  return quote(messages.join('; ') || 'errors without a text');
}

/** An empty list of errors means success. Anything else is an error, even without a text. */
function hasContent(errors: unknown): boolean {
  if (typeof errors !== 'object') return Boolean(errors);
  return errors !== null && Object.keys(errors).length > 0;
}

function collectText(value: unknown, into: string[], depth: number): void {
  if (typeof value === 'string') into.push(value);
  else if (typeof value === 'object' && value !== null && depth < 4) {
    for (const entry of Object.values(value)) collectText(entry, into, depth + 1);
  }
}

function errorText(answer: Answer): string {
  const errors = errorsIn(parseJsonBody(answer));
  return errors ? ` (${errors})` : '';
}
