import { Controller, Get, Header, NotFoundException, Param, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { Request, Response } from 'express';
import { MessageStore, type MessageSummary } from '../store/message-store.js';
import { PageGuard } from './admin.guards.js';
import { FirstMail } from './first-mail.js';
import { LiveUpdates } from './live-updates.js';
import { MessageList } from './message-list.js';
import { PageErrorFilter } from './page-error.filter.js';
import type { MailContent } from './reading/mail-content.js';
import { readHead } from './reading/mail-head.js';
import { MailReader } from './reading/mail-reader.js';
import { safeHtml } from './safe-html.js';
import { MAIL_POLICY } from './security-headers.js';
import { MESSAGE_TABS, type MessageTab, type MessageView, Views } from './views.js';

// More than a person scrolls through, and a browser still shows it at once.
const SOURCE_BYTES = 1024 * 1024;

/** The pages: the list, one message, the HTML of a message for its frame, and the stream of events. */
@Controller()
@UseGuards(PageGuard)
@UseFilters(PageErrorFilter)
export class PagesController {
  constructor(
    private readonly store: MessageStore,
    private readonly messages: MessageList,
    private readonly reader: MailReader,
    private readonly live: LiveUpdates,
    private readonly views: Views,
    private readonly firstMail: FirstMail,
  ) {}

  @Get()
  async list(@Req() request: Request): Promise<string> {
    const page = await this.messages.page(request.originalUrl);
    return this.views.list({ ...page, firstMail: this.firstMail.command });
  }

  @Get('events')
  events(@Res() response: Response): void {
    this.live.open(response);
  }

  @Get('messages/:id')
  async message(@Param('id') id: string, @Req() request: Request): Promise<string> {
    const [message, content] = await this.#read(id);
    const tab = wantedTab(request.originalUrl) ?? (content.html === null ? 'text' : 'html');
    return this.views.message({ message, content, tab, source: tab === 'source' ? await this.#source(id) : undefined });
  }

  /** For the sandboxed frame. Its policy takes the place of the page's. */
  @Get('messages/:id/html')
  @Header('Content-Security-Policy', MAIL_POLICY)
  @Header('Content-Type', 'text/html; charset=utf-8')
  async html(@Param('id') id: string): Promise<string> {
    const [, content] = await this.#read(id);
    if (content.html === null) throw new NotFoundException('This message has no HTML.');
    return safeHtml(content.html, content.images);
  }

  async #read(id: string): Promise<[MessageSummary, MailContent]> {
    const message = await this.store.find(id);
    const content = message && (await this.reader.read(id));
    if (message === undefined || content === undefined) throw new NotFoundException('There is no such message.');
    return [message, content];
  }

  async #source(id: string): Promise<MessageView['source']> {
    const body = await this.store.open(id);
    if (body === undefined) throw new NotFoundException('There is no such message.');
    const head = await readHead(body, SOURCE_BYTES);
    return { text: Buffer.from(head.bytes.buffer).toString('utf8'), complete: head.complete };
  }
}

function wantedTab(url: string): MessageTab | undefined {
  const view = new URL(url, 'http://localhost').searchParams.get('view');
  return MESSAGE_TABS.find((tab) => tab === view);
}
