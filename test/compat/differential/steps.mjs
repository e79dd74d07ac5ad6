// What a client does in a dialogue, as data. A plain string is a line that is sent and waits for its reply; in the tables
// of dialogues/ a dialogue is [id, setup, ...steps], see dialogues/README.md.

/** Sends a line and waits for no reply. */
export const say = (text) => ({ do: 'send', octets: `${text}\r\n`, replies: 0 });

/** Sends these octets as they are and waits for so many replies. */
export const raw = (octets, replies = 0) => ({ do: 'send', octets, replies });

/** Sends several lines in one write and waits for a reply to each. */
export const burst = (...lines) => ({ do: 'send', octets: `${lines.join('\r\n')}\r\n`, replies: lines.length });

/** Sends these octets one by one, each in a write of its own, and waits for so many replies. */
export const dribble = (octets, replies = 1) => ({ do: 'dribble', octets, replies });

/** Sends a message as it is (dots are not stuffed) with the end of mail data, and waits for so many replies. */
export const mail = (body, replies = 1) => ({ do: 'send', octets: `${body}\r\n.\r\n`, replies });

/** As `mail`, if the server asked for a message: for dialogues nobody has planned. */
export const message = (body) => ({ do: 'asked', when: '354', octets: `${body}\r\n.\r\n` });

/** Sends a line, if the server asked for one with 334. */
export const respond = (text) => ({ do: 'asked', when: '334', octets: `${text}\r\n` });

/** Waits for so many replies. */
export const replies = (count) => ({ do: 'send', octets: '', replies: count });

/** Waits. */
export const pause = (ms) => ({ do: 'pause', ms });

/** The handshake alone, after the 220 of STARTTLS. `servername`, `cert: true` and what else node:tls takes. */
export const handshake = (options = {}) => ({ do: 'handshake', options });

/** STARTTLS and the handshake. */
export const starttls = (options = {}) => ['STARTTLS', handshake(options)];

/** Base64 of a string, for AUTH. */
export const base64 = (text) => Buffer.from(text).toString('base64');

/** AUTH PLAIN with an initial response. */
export const plain = (user, password = 'secret', authzid = '') =>
  `AUTH PLAIN ${base64(`${authzid}\0${user}\0${password}`)}`;

/** AUTH LOGIN, line by line. */
export const login = (user, password = 'secret') => ['AUTH LOGIN', base64(user), base64(password)];

/** AUTH XOAUTH2 with an initial response. */
export const xoauth2 = (user, token = 'good') =>
  `AUTH XOAUTH2 ${base64(`user=${user}\x01auth=Bearer ${token}\x01\x01`)}`;

/** AUTH CRAM-MD5; the answer to the challenge that came. */
export const cram = (user, password = 'secret') => ['AUTH CRAM-MD5', { do: 'cram', user, password }];

/** The client closes its side. */
export const end = () => ({ do: 'end' });

/** The client vanishes, with a reset. */
export const drop = () => ({ do: 'drop' });

/** `server.close()` is called. */
export const shutdown = () => ({ do: 'shutdown' });

/** First step only: sent as soon as the connection stands, before the greeting (and before implicit TLS). */
export const early = (octets) => ({ do: 'early', octets });

/** First step only: another client comes first and stays, as the limit of clients wants it. */
export const crowd = (clients) => ({ do: 'crowd', clients });

/** The steps as the player wants them. */
export const normalise = (steps) =>
  steps.flat(2).map((step) => (typeof step === 'string' ? { do: 'send', octets: `${step}\r\n`, replies: 1 } : step));

/** How a step is shown, and what `after` in differences.json is compared with. */
export function show({ do: what, ...rest }) {
  if (rest.octets !== undefined) {
    const octets = Buffer.isBuffer(rest.octets) ? rest.octets.toString('latin1') : rest.octets;
    const short = octets.length > 300 ? `${octets.slice(0, 300)}… (${octets.length})` : octets;
    return `${['send', 'asked'].includes(what) ? '' : `(${what}) `}${JSON.stringify(short).slice(1, -1)}`;
  }
  return `(${what}${Object.keys(rest).length > 0 ? ` ${JSON.stringify(rest)}` : ''})`;
}
