/** Reads the objects of a list. */
import * as z from 'zod/mini';
import { OBJECT_KEYS, type ObjectKey } from '../indicator/indicator.js';
import { RunError } from '../result/run-error.js';
import type { VisionOne } from './client.js';
import { LISTS, type List } from './lists.js';
import { MAX_DESCRIPTION_CHARS } from './payload.js';

/** An object of a list. */
export interface Listed {
  key: ObjectKey;
  value: string;
  description: string;
  /** `block` or `log`; undefined for exceptions. */
  scanAction: string | undefined;
  /** `high`, `medium` or `low`; undefined for exceptions. */
  riskLevel: string | undefined;
  /** When it was last added or changed, in milliseconds since the epoch; undefined if that is not known. */
  modified: number | undefined;
  /** When it expires, in milliseconds since the epoch; undefined if it never does or the list has no date. */
  expires: number | undefined;
  /** Whether Vision One says that an exception already takes precedence over this suspicious object. */
  inExceptionList: boolean;
}

/** The largest page that can be requested, of 50, 100 and 200. */
const PAGE_SIZE = '200';
/**
 * The caps allow 60,000 objects, and the smallest page that the service may use has 50 objects. More
 * pages are treated as a list whose links never end.
 */
const MAX_PAGES = 2_000;
/** All objects that the caps allow. No page can have more. */
const MAX_PAGE_ITEMS = OBJECT_KEYS.length * LISTS.suspicious_objects.cap;
/** Answers are not trusted, so the texts of an object are truncated, in characters. */
const MAX_LISTED_VALUE_CHARS = 4_096;
const MAX_NAME_CHARS = 100;

const text = z.optional(z.nullable(z.string()));
/** A field that is optional: if it is invalid, the object is read without it. */
const optionalText = z.catch(text, undefined);
const itemSchema = z
  .looseObject({
    type: text,
    description: optionalText,
    scanAction: optionalText,
    riskLevel: optionalText,
    lastModifiedDateTime: optionalText,
    expiredDateTime: optionalText,
    inExceptionList: z.catch(z.optional(z.boolean()), undefined),
  })
  .check(z.refine((item) => Boolean(item.type) || OBJECT_KEYS.some((key) => key in item)));
const pageSchema = z.object({ items: z.nullable(z.array(itemSchema)), nextLink: text });

/** Which objects of a list are read; all of them if both are omitted. */
export interface ListPart {
  /** The only type to read, so that several types can be read at once. */
  key?: ObjectKey | undefined;
  /** Only objects that were added or changed since then, in milliseconds since the epoch. */
  modifiedSince?: number | undefined;
}

/**
 * The objects of a list, page by page.
 * @throws {RunError} if a page cannot be read, if a link leads to another host, or if the list does not end
 */
export async function* readList(
  visionOne: VisionOne,
  list: List,
  { key, modifiedSince }: ListPart = {},
): AsyncGenerator<Listed[]> {
  const headers: Record<string, string> = key ? { 'TMV1-Filter': `type eq '${key}'` } : {};
  const followed = new Set<string>();
  let link: Record<string, string> | URL = {
    top: PAGE_SIZE,
    ...(modifiedSince !== undefined && { startDateTime: isoSeconds(modifiedSince) }),
  };
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const json = await visionOne.get(list.path, link, headers);
    const read = hasTooMany(json) ? undefined : z.safeParse(pageSchema, json);
    if (!read?.success) {
      throw new RunError(
        'no_answer',
        `GET ${list.path}: the answer has no page of the ${list.title}`,
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

/** Checked first, because the validation of millions of items takes too long. */
function hasTooMany(json: unknown): boolean {
  const items = (json as { items?: unknown } | null)?.items;
  return Array.isArray(items) && items.length > MAX_PAGE_ITEMS;
}

function endless(list: List): RunError {
  return new RunError('no_answer', `GET ${list.path}: the pages of the ${list.title} do not end`);
}

/** The object that an item describes; none if its type is unknown, because then nothing can be compared. */
function listedOf(item: z.infer<typeof itemSchema>): Listed[] {
  const key = OBJECT_KEYS.find((name) => (item.type ? name === item.type : name in item));
  const value = key && item[key];
  if (!key || typeof value !== 'string') return [];
  return [
    {
      key,
      // Vision One accepts no longer value, so a truncated one never equals one that is sent.
      value: value.slice(0, MAX_LISTED_VALUE_CHARS),
      description: (item.description ?? '').slice(0, MAX_DESCRIPTION_CHARS),
      scanAction: item.scanAction?.slice(0, MAX_NAME_CHARS),
      riskLevel: item.riskLevel?.slice(0, MAX_NAME_CHARS),
      modified: timeIn(item.lastModifiedDateTime),
      expires: timeIn(item.expiredDateTime),
      inExceptionList: item.inExceptionList ?? false,
    },
  ];
}

function timeIn(text: string | null | undefined): number | undefined {
  const time = Date.parse((text ?? '').slice(0, MAX_NAME_CHARS));
  return Number.isNaN(time) ? undefined : time;
}

/** ISO 8601 in UTC, without fractions of a second, as the API documents its times. */
function isoSeconds(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}
