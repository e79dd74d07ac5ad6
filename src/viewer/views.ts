import { Injectable } from '@nestjs/common';
import { Eta } from 'eta';
import type { MessageSummary } from '../store/message-store.js';
import type { MessagePage } from './message-list.js';
import { formatBytes, formatDate, formatTls } from './format.js';
import type { HeaderField, MailContent } from './reading/mail-content.js';
import { layoutTemplate } from './templates/layout.js';
import { listTemplate } from './templates/list.js';
import { loginTemplate } from './templates/login.js';
import { messageTemplate } from './templates/message.js';
import { noticeTemplate } from './templates/notice.js';

/** The ways to look at a message, in the order of their tabs. */
export const MESSAGE_TABS = ['html', 'text', 'headers', 'source'] as const;
export type MessageTab = (typeof MESSAGE_TABS)[number];

/** The list page. */
export interface ListView extends MessagePage {
  /** A command line that sends a first mail, for the empty list. */
  readonly firstMail: string;
}

/** The page of one message. */
export interface MessageView {
  readonly message: MessageSummary;
  readonly content: MailContent;
  readonly tab: MessageTab;
  /** The beginning of the source, on its tab. */
  readonly source: { readonly text: string; readonly complete: boolean } | undefined;
}

/** The login form. */
export interface LoginView {
  /** The path to go on to. */
  readonly next: string;
  readonly failed: boolean;
}

/**
 * Makes the pages. The templates are compiled at the start, so that a broken one is a boot error, and escape every
 * value: none uses eta's raw tag but the layout, for the page inside it.
 */
@Injectable()
export class Views {
  readonly #eta = new Eta({ autoEscape: true, functionHeader: '"use strict";' });

  constructor() {
    const templates = { layoutTemplate, listTemplate, loginTemplate, messageTemplate, noticeTemplate };
    for (const [name, source] of Object.entries(templates)) {
      this.#eta.loadTemplate(`@${name}`, this.#eta.compile(source));
    }
  }

  list(view: ListView): string {
    return this.#page('listTemplate', { title: 'Messages', session: true, ...view, ...helpers });
  }

  message(view: MessageView): string {
    const fields = (name: string): string => fieldValues(view.content.headers, name).join(', ');
    const title = view.message.subject || '(no subject)';
    return this.#page('messageTemplate', { title, session: true, tabs: MESSAGE_TABS, fields, ...view, ...helpers });
  }

  login(view: LoginView): string {
    return this.#page('loginTemplate', { title: 'Log in', session: false, ...view });
  }

  notice(title: string, text: string): string {
    return this.#page('noticeTemplate', { title, text, session: false });
  }

  #page(template: string, data: object): string {
    const body = this.#eta.render(`@${template}`, data);
    return this.#eta.render('@layoutTemplate', { ...data, body });
  }
}

const helpers = { formatBytes, formatDate, formatTls };

function fieldValues(headers: readonly HeaderField[], name: string): string[] {
  return headers.filter((field) => field.name.toLowerCase() === name).map((field) => field.value);
}
