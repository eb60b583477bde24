/** Reading what is on a list. */
import * as z from 'zod/mini';
import { OBJECT_KEYS, type ObjectKey } from '../indicator/indicator.js';
import { RunError } from '../result/run-error.js';
import type { VisionOne } from './client.js';
import type { List } from './lists.js';
import { MAX_DESCRIPTION_CHARS } from './payload.js';

/** An object as a list holds it. */
export interface Listed {
  key: ObjectKey;
  value: string;
  description: string;
  /** `block` or `log`; undefined for exceptions. */
  scanAction: string | undefined;
  /** When it leaves the list, in milliseconds; undefined where it never does, or nothing is said. */
  expires: number | undefined;
  /** Whether Vision One says of a suspicious object that an exception outranks it already. */
  inExceptionList: boolean;
}

/** The largest page that the lists give, of 50, 100 or 200. */
const PAGE = '200';
/**
 * The caps allow 60,000 objects, and the smallest page that a service may insist on has 50: a list
 * that goes on for longer is no list.
 */
const MOST_PAGES = 2_000;
/** All objects that the caps allow: no page can hold more. */
const MOST_ITEMS = 60_000;
/** Answers are not trusted: what is kept of an object is limited. In characters. */
const LONGEST_LISTED_VALUE = 4_096;
const LONGEST_WORD = 100;

const text = z.optional(z.nullable(z.string()));
/** What a list says beside a value is of use where it is there, and no reason to know nothing at all. */
const aside = z.catch(text, undefined);
const itemSchema = z
  .looseObject({
    type: text,
    description: aside,
    scanAction: aside,
    expiredDateTime: aside,
    inExceptionList: z.catch(z.optional(z.boolean()), undefined),
  })
  .check(z.refine((item) => Boolean(item.type) || OBJECT_KEYS.some((key) => key in item)));
const pageSchema = z.object({ items: z.nullable(z.array(itemSchema)), nextLink: text });

/**
 * The objects of a list, page by page.
 * @param key one type alone, so that several types can be read at once; undefined for all
 * @throws {RunError} where a page cannot be read, a link leads elsewhere, or the list does not end
 */
export async function* readList(
  visionOne: VisionOne,
  list: List,
  key?: ObjectKey,
): AsyncGenerator<Listed[]> {
  const headers: Record<string, string> = key ? { 'TMV1-Filter': `type eq '${key}'` } : {};
  const followed = new Set<string>();
  let link: Record<string, string> | URL = { top: PAGE };
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const json = await visionOne.get(list.path, link, headers);
    const read = hasTooMany(json) ? undefined : z.safeParse(pageSchema, json);
    if (!read?.success) {
      throw new RunError(
        'no_answer',
        `GET ${list.path}: the answer holds no page of the ${list.title}`,
      );
    }
    yield (read.data.items ?? []).flatMap(listedOf);
    const { nextLink } = read.data;
    if (!nextLink) return;
    if (followed.has(nextLink)) throw endless(list);
    followed.add(nextLink);
    link = visionOne.within(nextLink);
  }
  throw endless(list);
}

/** Millions of items must not be validated one by one only to find that this is no page. */
function hasTooMany(json: unknown): boolean {
  const items = (json as { items?: unknown } | null)?.items;
  return Array.isArray(items) && items.length > MOST_ITEMS;
}

function endless(list: List): RunError {
  return new RunError(
    'no_answer',
    `GET ${list.path}: the pages of the ${list.title} go in circles`,
  );
}

/** Of a type that this product does not know there is nothing to compare. */
function listedOf(item: z.infer<typeof itemSchema>): Listed[] {
  const key = OBJECT_KEYS.find((name) => (item.type ? name === item.type : name in item));
  const value = key && item[key];
  if (!key || typeof value !== 'string') return [];
  const expires = Date.parse((item.expiredDateTime ?? '').slice(0, LONGEST_WORD));
  return [
    {
      key,
      // Vision One takes no longer value, so a cut one cannot equal one that is sent.
      value: value.slice(0, LONGEST_LISTED_VALUE),
      description: (item.description ?? '').slice(0, MAX_DESCRIPTION_CHARS),
      scanAction: item.scanAction?.slice(0, LONGEST_WORD),
      expires: Number.isNaN(expires) ? undefined : expires,
      inExceptionList: item.inExceptionList ?? false,
    },
  ];
}
