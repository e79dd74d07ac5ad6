import { channel } from 'node:diagnostics_channel';

/**
 * Watch without touching: `node:diagnostics_channel` channels of the engine. Nothing is built for a channel without
 * subscribers. Messages: `{ session }` and what is named here. Arguments of AUTH are never published.
 *
 * @example diagnosticsChannel.subscribe('smtp-engine:command', ({ session, verb }) => { … })
 */
export const diagnostics = Object.freeze({
  /** `{ session }`: a client has connected; behind a proxy, once its PROXY header has come. */
  connection: channel('smtp-engine:connection'),
  /** `{ session, verb, args }`: a command line came in; `args` is `''` for AUTH, both are for a verb that is not known. */
  command: channel('smtp-engine:command'),
  /** `{ session, reply }`: a reply goes out; the text of a 334 is left out. */
  reply: channel('smtp-engine:reply'),
  /** `{ session, method, username, success, reply }`: a login was decided; 4yz says that nobody could tell. */
  auth: channel('smtp-engine:auth'),
  /** `{ session, transaction, byteLength, reply }`: a message was answered. */
  message: channel('smtp-engine:message'),
  /** `{ session, kind }`: what came is not SMTP; see `IntruderKind`. */
  intruder: channel('smtp-engine:intruder'),
  /** `{ session }`: the connection is gone. */
  close: channel('smtp-engine:close'),
});
