import { inspect } from 'node:util';

/** Fields of the session, in the order in which they are shown; whatever else there is comes after them. */
const FIELDS = [
  'id',
  'secure',
  'localAddress',
  'localPort',
  'remoteAddress',
  'remotePort',
  'clientHostname',
  'openingCommand',
  'hostNameAppearsAs',
  'xClient',
  'xForward',
  'transmissionType',
  'tlsOptions',
  'servername',
  'user',
  'transaction',
  'error',
  'isWizard',
  'disabledCommands',
  'envelope',
];

/** What the handlers and the listeners saw, one fact a line: `onMailFrom#1 envelope {…}`. */
export class Journal {
  lines = [];
  #calls = new Map();
  #sessions = new Map();

  /** @param names says `[port, name]` for the ports of the dialogue, which are others each time */
  constructor(names) {
    this.portNames = names;
  }

  log = (handler, field, value) => {
    this.lines.push(`${handler}#${this.#calls.get(handler) ?? 0} ${field} ${this.#show(value, field)}`);
  };

  call(handler) {
    this.#calls.set(handler, (this.#calls.get(handler) ?? 0) + 1);
  }

  /** Writes down all of the session, and that it is still the same object with what the application left on it. */
  seen = (handler, session) => {
    this.call(handler);
    const isNew = !this.#sessions.has(session);
    if (isNew) {
      this.#sessions.set(session, this.#sessions.size + 1);
      session.note = `left by the application`;
    }
    this.log(handler, 'session', this.#sessions.get(session));
    for (const field of FIELDS) this.log(handler, `session.${field}`, session[field]);
    for (const field of Object.keys(session)) {
      if (!FIELDS.includes(field)) this.log(handler, `session.${field}`, session[field]);
    }
  };

  #show(value, field) {
    if (field.endsWith('id') && /^[0-9a-v]{16}$/.test(value)) return '<id>';
    if (field.endsWith('tlsOptions') && value) return Object.keys(value).sort().join();
    const shown = inspect(value, { depth: 5, breakLength: Infinity, compact: true, sorted: true, maxStringLength: 500 })
      .replace(/<[0-9a-f]{32}\.\d{9,11}@/g, '<challenge@')
      .replace(/challengeResponse: '[0-9a-f]{32}'/, "challengeResponse: '<digest>'")
      .replaceAll('[Object: null prototype] ', '');
    if (!/port|x(client|forward)|event/i.test(field)) return shown;
    const names = new Map(this.portNames());
    return shown.replace(/\d{4,5}/g, (digits) => names.get(Number(digits)) ?? digits);
  }
}
