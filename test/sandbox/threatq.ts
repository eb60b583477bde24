/**
 * A stand-in for the part of ThreatQ's REST API that an export reads: token, collection by hash, saved
 * searches, query by offset, one indicator.
 */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  asShape,
  type Collection,
  cursorAfter,
  dataOf,
  offsetAfter,
  orderOf,
  type Row,
  slice,
  totalOf,
} from './collections.js';
import type { Answer, Received } from './faults.js';
import { StandIn, type StandInOptions } from './server.js';

export type { Collection, Row, RowShape } from './collections.js';

export interface ThreatQOptions extends StandInOptions {
  clientId?: string;
  clientSecret?: string;
  email?: string;
  password?: string;
  /** Seconds; from 30 minutes to two days have been seen. */
  tokenLifetime?: number;
  /** The status of bad credentials: a 400 or a 401, both have been seen. */
  badCredentials?: 400 | 401;
  collections?: Collection[];
}

const largestPage = 1000;

/** How a page of saved searches shows that there are more. */
type SearchPaging = 'total' | 'limit' | 'meta' | 'next' | 'links' | 'nothing';

export class ThreatQ extends StandIn {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly email: string;
  readonly password: string;
  tokenLifetime: number;
  badCredentials: 400 | 401;
  /** May be changed between and during runs. */
  collections: Collection[];
  tokensIssued = 0;
  /** Saved searches are given in pages; all at once if undefined. */
  savedSearchPage:
    | { size: number; by: 'offset' | 'page' | 'limit'; says: SearchPaging }
    | undefined;
  private readonly tokens = new Map<string, number>();

  /** The section `threatq` of a run document. */
  get section(): { host: string; client_id: string; client_secret: string } {
    return { host: this.url, client_id: this.clientId, client_secret: this.clientSecret };
  }

  constructor(options: ThreatQOptions) {
    super(options);
    this.clientId = options.clientId ?? 'sandbox-client';
    this.clientSecret = options.clientSecret ?? 'sandbox-client-secret';
    this.email = options.email ?? 'export@threatq.example';
    this.password = options.password ?? 'sandbox-password';
    this.tokenLifetime = options.tokenLifetime ?? 3600;
    this.badCredentials = options.badCredentials ?? 401;
    this.collections = options.collections ?? [];
  }

  /** Every token that is out becomes a 401. */
  revokeTokens(): void {
    this.tokens.clear();
  }

  protected override answer(request: Received): Answer {
    const { method, path } = request;
    const route = `${method} ${path}`;
    if (route === 'POST /api/token') return this.token(request);
    if (!this.isAuthorized(request)) return errors(401, 'Unauthenticated.');
    if (route === 'GET /api/search/query') return this.savedSearches(request);
    if (route === 'POST /api/indicators/query') return this.byCriteria(request);
    const [, hash] = /^GET \/api\/indicators\/query\/hash\/([^/]+)$/.exec(route) ?? [];
    if (hash !== undefined) return this.byHash(request, decodeURIComponent(hash));
    const [, id] = /^GET \/api\/indicators\/(\d+)$/.exec(route) ?? [];
    if (id !== undefined) return this.indicator(request, Number(id));
    this.violations.push(`no such route: ${route}`);
    return errors(404, 'Not found.');
  }

  private isAuthorized({ headers }: Received): boolean {
    const token = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1] ?? '';
    return (this.tokens.get(token) ?? 0) > this.now();
  }

  /** Client credentials: a form with HTTP Basic. Password: a form or JSON. */
  private token({ body, headers }: Received): Answer {
    const type = headers['content-type'] ?? '';
    const isForm = type.startsWith('application/x-www-form-urlencoded');
    if (!isForm && !type.startsWith('application/json')) return this.bad('a token needs a body');
    const { grant_type, client_id, email, password } = (body ?? {}) as Row;
    if (grant_type === 'client_credentials') {
      if (!isForm) return this.bad('client credentials come as a form');
      const basic = `${this.clientId}:${this.clientSecret}`;
      const given = Buffer.from(
        /^Basic (\S+)$/.exec(headers.authorization ?? '')?.[1] ?? '',
        'base64',
      );
      if (given.toString() !== basic) return errors(this.badCredentials, 'Invalid client.');
      return this.issue({});
    }
    if (grant_type === 'password') {
      if (client_id !== this.clientId || email !== this.email || password !== this.password) {
        const message = 'The user credentials were incorrect.';
        return { status: this.badCredentials, body: { data: { errors: { email: [message] } } } };
      }
      return this.issue({ refresh_token: randomUUID() });
    }
    return this.bad(`unknown grant_type ${String(grant_type)}`);
  }

  private issue(extra: Row): Answer {
    const token = `token-${randomUUID()}`;
    this.tokens.set(token, this.now() + this.tokenLifetime * 1000);
    this.tokensIssued += 1;
    const expires_in = this.tokenLifetime;
    return {
      status: 200,
      body: { access_token: token, token_type: 'Bearer', expires_in, ...extra },
    };
  }

  private byHash({ query }: Received, hash: string): Answer {
    this.checkQuery(query, ['limit', 'sort', 'cursorMark', 'fields']);
    const collection = this.collections.find((c) => c.hash === hash && c.shared !== false);
    if (!collection) return errors(404, 'The data collection was not found.');
    const order = orderOf(query.get('sort') ?? 'updated_at');
    const limit = pageSize(query, 100, collection);
    const cursor = query.get('cursorMark') ?? '*';
    const { rows } = collection;
    const offset = order && offsetAfter(rows, order, cursor);
    if (!order || !limit || offset === undefined) return this.bad(`cannot page by ?${query}`);
    const page = slice(rows, order, offset, limit);
    return {
      status: 200,
      body: {
        total: totalOf(collection),
        data: dataOf(collection, page, query.get('fields')),
        nextCursorMark: cursorAfter(rows, page, offset, cursor),
        limit,
      },
    };
  }

  private savedSearches({ query }: Received): Answer {
    const data = this.collections
      .filter(({ shared }) => shared !== false)
      .map((collection, index) => {
        const json = { api_query: savedQuery(collection) };
        const { name, hash, jsonAsString } = collection;
        return { id: index + 1, name, hash, json: jsonAsString ? JSON.stringify(json) : json };
      });
    const page = this.savedSearchPage;
    if (!page) return { status: 200, body: { total: data.length, data } };
    const asked = (name: string, otherwise: number) =>
      (page.by === name && wholeNumber(query.get(name) ?? '')) || otherwise;
    const offset = asked('offset', 0) + (asked('page', 1) - 1) * page.size;
    const end = offset + asked('limit', page.size);
    const more = {
      total: { total: data.length },
      limit: { limit: page.size },
      meta: { meta: { total: data.length } },
      next: { next_page_url: end < data.length ? 'https://threatq.example/next' : null },
      links: { links: { next: end < data.length ? 'https://threatq.example/next' : null } },
      nothing: {},
    }[page.says];
    return { status: 200, body: { data: data.slice(offset, end), ...more } };
  }

  /** The criteria and filters must be those of a saved search, unchanged: they are opaque. */
  private byCriteria({ query, body, headers }: Received): Answer {
    this.checkQuery(query, ['limit', 'offset', 'sort', 'fields']);
    if (!headers['content-type']?.startsWith('application/json'))
      return this.bad('a query is JSON');
    const collection = this.collections.find(
      (c) => c.shared !== false && isDeepStrictEqual(body, savedQuery(c)),
    );
    if (!collection) return this.bad('criteria and filters are those of no saved search');
    const order = orderOf(query.get('sort') ?? 'id');
    const limit = pageSize(query, 100, collection);
    const offset = wholeNumber(query.get('offset') ?? '0');
    if (!order || !limit || offset === undefined) return this.bad(`cannot page by ?${query}`);
    const page = slice(collection.rows, order, offset, limit);
    return {
      status: 200,
      body: {
        total: totalOf(collection),
        data: dataOf(collection, page, query.get('fields')),
        limit,
        offset,
      },
    };
  }

  private indicator({ query }: Received, id: number): Answer {
    for (const { rows } of this.collections) {
      for (let i = 0; i < rows.length; i++) {
        const row = rows.at(i) as Row | undefined;
        if (row?.id !== id) continue;
        const { score, ...bare } = row;
        const data =
          query.get('with') === 'score' ? asShape({ ...bare, score }, 'score-object') : bare;
        return { status: 200, body: { data } };
      }
    }
    return errors(404, 'The indicator was not found.');
  }

  private checkQuery(query: URLSearchParams, known: string[]): void {
    for (const key of query.keys()) {
      if (!known.includes(key)) this.violations.push(`unknown query parameter ${key}`);
    }
  }

  private bad(message: string): Answer {
    this.violations.push(message);
    return errors(400, message);
  }
}

const errors = (status: number, message: string): Answer => ({
  status,
  body: { errors: [message] },
});

/** Made of the hash, with values that a careless copy would change. */
export const savedQuery = ({ hash }: Collection): { criteria: Row; filters: Row } => ({
  criteria: { 'tag.name': { value: hash, operator: '+eq' }, empty: {}, list: [], nothing: null },
  filters: { '+and': [{ '+or': [{ hash: `${hash} “é”` }, { score: ['1.0', 10] }] }] },
});

function pageSize(query: URLSearchParams, byDefault: number, { pageCap }: Collection) {
  const asked = wholeNumber(query.get('limit') ?? String(byDefault));
  return asked && Math.min(asked, pageCap ?? largestPage);
}

const wholeNumber = (text: string) => (/^\d+$/.test(text) ? Number(text) : undefined);

export const startThreatQ = (options: ThreatQOptions = {}): Promise<ThreatQ> =>
  new ThreatQ(options).listen();
