import { Injectable } from '@nestjs/common';

export interface Comment {
  readonly from: string;
  readonly subject: string;
  readonly text: string;
}

/** Tickets and what has been said about them. Your application has a database here. */
@Injectable()
export class Tickets {
  private readonly comments = new Map<string, Comment[]>([['4711', []]]);

  exists(ticket: string): boolean {
    return this.comments.has(ticket);
  }

  commentsOn(ticket: string): readonly Comment[] {
    return this.comments.get(ticket) ?? [];
  }

  /** A ticket of its own. */
  open(comment: Comment): void {
    this.comments.set(String(4711 + this.comments.size), [comment]);
  }

  add(ticket: string, comment: Comment): void {
    this.comments.get(ticket)?.push(comment);
  }
}
