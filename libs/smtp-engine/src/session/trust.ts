import type { AddressList } from '../address-list.js';
import type { Session } from './session.js';

/**
 * Whether the client may say whom it speaks for. It counts where it comes from as far as a PROXY header tells; and once
 * XCLIENT has given an address the words are those of that client, which a proxy hands on unread: it may say nothing more
 * about itself, whatever its address (docs/quirks.md#who-may-use-xclient).
 */
export function mayVouch(session: Session, peers: AddressList | undefined): boolean {
  return !session.xClient?.has('ADDR') && (peers?.has(session.remoteAddress) ?? false);
}
