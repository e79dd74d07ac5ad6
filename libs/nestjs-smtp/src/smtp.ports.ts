import { Injectable } from '@nestjs/common';
import type { SmtpServer } from 'smtp-engine';

/**
 * Opens the ports of the listeners. Tests override it to do without: connections then come by `SmtpTransport.accept()`.
 *
 * @example builder.overrideProvider(SmtpPorts).useValue({ open: async () => undefined })
 */
@Injectable()
export class SmtpPorts {
  async open(server: SmtpServer, listener: string): Promise<void> {
    await server.open(listener);
  }
}
