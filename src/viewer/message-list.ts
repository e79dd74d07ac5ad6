import { BadRequestException, Injectable } from '@nestjs/common';
import { type MessageQuery, MessageStore, type MessageSummary } from '../store/message-store.js';
import { Cursors } from './cursor.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;
const MAX_QUERY_LENGTH = 500;

/** One page of a list and where the next begins. */
export interface MessagePage {
  readonly items: readonly MessageSummary[];
  /** Cursor of the next, older page; null on the last. */
  readonly next: string | null;
  /** The search text, `''` for none. */
  readonly query: string;
  /** Whether this is the first page, where new messages arrive. */
  readonly newest: boolean;
}

/** Lists messages as the query string of a request asks for it. */
@Injectable()
export class MessageList {
  constructor(
    private readonly store: MessageStore,
    private readonly cursors: Cursors,
  ) {}

  /**
   * @param url the request's path and query string
   * @throws BadRequestException for a parameter that is malformed or given more than once
   */
  async page(url: string): Promise<MessagePage> {
    const wanted = this.#parse(url);
    const items = await this.store.list(wanted);
    return {
      items,
      next: await this.#next(wanted, items),
      query: wanted.text ?? '',
      newest: wanted.before === undefined,
    };
  }

  #parse(url: string): MessageQuery {
    const parameters = new URL(url, 'http://localhost').searchParams;
    const cursor = single(parameters, 'cursor');
    const before = cursor === undefined ? undefined : this.cursors.decode(cursor);
    if (cursor !== undefined && before === undefined) throw new BadRequestException('cursor is not one of this list');
    const text = single(parameters, 'query')?.trim();
    if (text !== undefined && text.length > MAX_QUERY_LENGTH) {
      throw new BadRequestException(`query is longer than ${MAX_QUERY_LENGTH} characters`);
    }
    return { limit: parseLimit(single(parameters, 'limit')), before, text: text === '' ? undefined : text };
  }

  /** A full page may be the last one; a look behind it keeps the reader from an empty page. */
  async #next(wanted: MessageQuery, items: readonly MessageSummary[]): Promise<string | null> {
    const last = items.at(-1);
    if (last === undefined || items.length < wanted.limit) return null;
    const more = await this.store.list({ limit: 1, before: last.id, text: wanted.text });
    return more.length === 0 ? null : this.cursors.encode(last.id);
  }
}

/** The value of a parameter that may stand once; `limit[]=1` and `limit[a]=1` are lists and objects to many clients. */
function single(parameters: URLSearchParams, name: string): string | undefined {
  const spellings = [...parameters.keys()].filter((key) => key === name || key.startsWith(`${name}[`));
  if (spellings.length > 1 || (spellings[0] ?? name) !== name) {
    throw new BadRequestException(`${name} must be given once, as plain text`);
  }
  return parameters.get(name) ?? undefined;
}

function parseLimit(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT;
  const limit = /^[1-9]\d{0,2}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > MAX_LIMIT) throw new BadRequestException(`limit must be a number from 1 to ${MAX_LIMIT}`);
  return limit;
}
