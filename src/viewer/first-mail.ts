import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';

/** The command line that the empty list offers. */
@Injectable()
export class FirstMail {
  readonly command: string;

  constructor(config: AppConfig) {
    const everywhere = config.bindAddress === '0.0.0.0' || config.bindAddress === '::';
    const address = everywhere ? 'localhost' : config.bindAddress;
    const host = address.includes(':') ? `[${address}]` : address;
    // --insecure: the certificate of a first start is self-made.
    this.command = [
      String.raw`printf 'From: me@example.org\r\nTo: you@example.org\r\nSubject: Hello\r\n\r\nIt works.\r\n' |`,
      `  curl --insecure --ssl-reqd smtp://${host}:${config.smtpPort} --user 'USER:PASSWORD' \\`,
      '    --mail-from me@example.org --mail-rcpt you@example.org --upload-file -',
    ].join('\n');
  }
}
