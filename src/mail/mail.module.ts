import { Module } from '@nestjs/common';
import { listeners } from './listeners.js';
import { SubmissionController } from './submission.controller.js';

/** The SMTP listeners and what happens to the mail that comes in. */
@Module({ imports: [listeners({ caps: true })], controllers: [SubmissionController] })
export class MailModule {}
