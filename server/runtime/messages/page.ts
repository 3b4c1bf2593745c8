import { StreamlibError } from '../errors.ts';

const DEFAULT_PAGE_SIZE = 1_000;
const LARGEST_PAGE_SIZE = 10_000;

/** What a list request says about its page. */
export interface PageRequest {
  readonly pageSize: number;
  readonly pageToken: string;
}

/** How to walk what is listed. */
export interface PageSource<Item> {
  /** The items in order of their ids, those after `after` only. */
  from(after: string | undefined): Iterable<Item>;
  idOf(item: Item): string;
  wanted(item: Item): boolean;
}

/**
 * One page of a list in order of ids. The token names the last item of the page before, so that pages stay stable
 * while the list is edited. Throws FIELD_INVALID for a token that no answer gave.
 */
export function pageOf<Item>(
  { pageSize, pageToken }: PageRequest,
  source: PageSource<Item>,
): { items: Item[]; nextPageToken: string } {
  const limit = pageLimit(pageSize);
  const items: Item[] = [];
  for (const item of source.from(pageToken === '' ? undefined : decodeToken(pageToken))) {
    if (!source.wanted(item)) continue;
    const last = items.at(-1);
    if (items.length === limit && last !== undefined)
      return { items, nextPageToken: encodeToken(source.idOf(last)) };
    items.push(item);
  }
  return { items, nextPageToken: '' };
}

/** How many items a page has. Throws FIELD_INVALID for less than none. */
export function pageLimit(pageSize: number): number {
  if (pageSize >= 0) return Math.min(pageSize || DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE);
  const message = `page_size must not be negative, was ${pageSize}`;
  throw new StreamlibError('FIELD_INVALID', message, { path: 'page_size' });
}

/** The token of the page behind the item of an id. */
export const encodeToken = (id: string): string => Buffer.from(`after:${id}`).toString('base64url');

/** The id in a token. Throws FIELD_INVALID for one that no answer gave. */
export function decodeToken(token: string, isOurs: (id: string) => boolean = () => true): string {
  const text = Buffer.from(token, 'base64url').toString();
  const id = text.slice('after:'.length);
  if (text.startsWith('after:') && isOurs(id)) return id;
  throw new StreamlibError('FIELD_INVALID', `page_token is none of ours, was ${JSON.stringify(token)}`, {
    path: 'page_token',
  });
}
