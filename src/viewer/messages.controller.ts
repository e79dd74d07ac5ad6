import { Controller, Get, NotFoundException, Param, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { Request, Response } from 'express';
import { MessageStore, type MessageSummary } from '../store/message-store.js';
import { AdminGuard } from './admin.guards.js';
import { ApiErrorFilter } from './api-error.filter.js';
import { MessageList } from './message-list.js';
import { detailedItem, listItem } from './message-view.js';
import { sendRaw } from './raw-download.js';
import { MailReader } from './reading/mail-reader.js';

/** The JSON API. */
@Controller('api/messages')
@UseGuards(AdminGuard)
@UseFilters(ApiErrorFilter)
export class MessagesController {
  constructor(
    private readonly store: MessageStore,
    private readonly messages: MessageList,
    private readonly reader: MailReader,
  ) {}

  @Get()
  async list(@Req() request: Request) {
    const { items, next } = await this.messages.page(request.originalUrl);
    return { items: items.map(listItem), next };
  }

  @Get(':id')
  async one(@Param('id') id: string) {
    const message = await this.#find(id);
    const content = await this.reader.read(id);
    if (content === undefined) throw new NotFoundException('no such message');
    return detailedItem(message, content);
  }

  @Get(':id/raw')
  async raw(@Param('id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    const body = await this.store.open(id);
    if (body === undefined) throw new NotFoundException('no such message');
    await sendRaw(body, id, request, response);
  }

  async #find(id: string): Promise<MessageSummary> {
    const message = await this.store.find(id);
    if (message === undefined) throw new NotFoundException('no such message');
    return message;
  }
}
