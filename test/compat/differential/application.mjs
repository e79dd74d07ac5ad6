// The application behind both servers: it writes down what it is given, and what it answers is in the name it is asked
// about: <refuse@…> is refused, user `late` is let in after a while. So a dialogue alone says what happens in it.

import { setTimeout } from 'node:timers';

/** How long a late answer takes. */
const LATE_MS = 15;

const failure = (message, more = {}) => Object.assign(new Error(message), more);

/** Answers by name; any other name is accepted. `ok` is what acceptance is at this place. */
const OUTCOMES = {
  refuse: (callback) => callback(failure('not wanted')),
  code: (callback) => callback(failure('try again later', { responseCode: 451 })),
  permanent: (callback) => callback(failure('never', { responseCode: 553 })),
  close421: (callback) => callback(failure('go away', { responseCode: 421 })),
  split: (callback) => callback(failure('two\r\n250 lines\x00')),
  empty: (callback) => callback(failure('')),
  ownenhanced: (callback) => callback(failure('5.7.1 own code')),
  throw: () => {
    throw failure('handler fault');
  },
  late: (callback, ok) => setTimeout(ok, LATE_MS),
  laterefuse: (callback) => setTimeout(() => callback(failure('not wanted')), LATE_MS),
  badcode: (callback) => callback(failure('odd code', { responseCode: 999 })),
};

function answer(name, callback, ok = () => callback()) {
  const outcome = OUTCOMES[name];
  if (outcome === undefined) ok();
  else outcome(callback, ok);
}

const nameOf = (address) => /^[a-z0-9]*/i.exec(address)[0].toLowerCase();

/** Answers of onAuth that are no outcome of the other handlers; they get the callback. */
const AUTH_OUTCOMES = {
  message: (callback) => callback(null, { message: 'no such user' }),
  messagecode: (callback) => callback(null, { message: 'come back', responseCode: 454 }),
  bare: (callback) => callback(),
  nothing: (callback) => callback(null, {}),
  object: (callback) => callback(null, { user: { id: 7, username: 'object' } }),
  data: (callback) => callback(null, { data: { status: '400', scope: 'mail' } }),
};

function onAuth(auth, callback) {
  const ok = () => callback(null, { user: auth.username });
  const name = nameOf(auth.username ?? '');
  const isRight =
    auth.password === 'secret' ||
    auth.accessToken === 'good' ||
    auth.validatePassword?.('secret') === true ||
    auth.method === 'XCLIENT';
  if (AUTH_OUTCOMES[name] !== undefined) AUTH_OUTCOMES[name](callback);
  else if (!isRight) callback(null, { message: 'wrong credentials' });
  else answer(name, callback, ok);
}

/** Answers of onData by the name in MAIL; they get (stream, callback, session). */
const DATA_OUTCOMES = {
  message: (callback) => callback(null, 'taken as 17'),
  array: (callback) => callback(null, ['first', failure('second refused', { responseCode: 452 })]),
  arrayerrors: (callback) => callback(null, [failure('one'), failure('two', { responseCode: 552 })]),
  longarray: (callback) => callback(null, ['one', 'two', 'three', 'four']),
  emptyarray: (callback) => callback(null, []),
  number: (callback) => callback(null, 42),
  notes: (callback, session) => callback(null, `tx ${session.transaction}`),
};

function onData(stream, session, log, callback) {
  const name = nameOf(session.envelope.mailFrom.address ?? '');
  const decide = () => {
    if (name.startsWith('d')) {
      const outcome = name.slice(1);
      if (DATA_OUTCOMES[outcome] !== undefined) return DATA_OUTCOMES[outcome](callback, session);
      return answer(outcome, callback);
    }
    callback();
  };
  if (name === 'dthrow') throw failure('handler fault');
  // Decides before the message is there; the second one reads it nevertheless, the third lets it lie.
  if (name === 'earlyrefuse' || name === 'early' || name === 'undrained') {
    if (name === 'early') read(stream, log, () => {});
    callback(name === 'earlyrefuse' ? failure('not this one', { responseCode: 550 }) : null);
    return;
  }
  if (name === 'destroy') {
    stream.on('error', () => {});
    stream.destroy();
    callback(failure('enough', { responseCode: 552 }));
    return;
  }
  read(stream, log, decide);
}

function read(stream, log, whenRead) {
  const chunks = [];
  stream.on('data', (chunk) => chunks.push(chunk));
  stream.on('error', (error) => log('onData', 'error', { code: error.code, message: error.message }));
  stream.on('end', () => {
    const octets = Buffer.concat(chunks).toString('latin1');
    log('onData', 'octets', octets.length > 400 ? `${octets.slice(0, 400)}… (${octets.length})` : octets);
    log('onData', 'byteLength', stream.byteLength);
    log('onData', 'sizeExceeded', stream.sizeExceeded);
    whenRead();
  });
}

/**
 * The handlers of a setup.
 *
 * @param app outcomes of the handlers that are asked about no name: `connect`, `secure`; `session(session)` may change it;
 *   `without` names those that are not there, so that the server's own are shown
 * @param journal where all is noted
 */
export function handlers(app, { log, seen }) {
  const all = {
    onConnect(session, callback) {
      app.session?.(session);
      seen('onConnect', session);
      answer(app.connect, callback);
    },
    onSecure(socket, session, callback) {
      seen('onSecure', session);
      log('onSecure', 'encrypted', socket.encrypted);
      log('onSecure', 'authorized', socket.authorized === true);
      log('onSecure', 'peer', socket.getPeerCertificate?.()?.subject?.CN);
      answer(app.secure, callback);
    },
    onAuth(auth, session, callback) {
      seen('onAuth', session);
      const { validatePassword, ...rest } = auth;
      log('onAuth', 'auth', rest);
      if (validatePassword !== undefined) log('onAuth', 'validatePassword', validatePassword.call(auth, 'secret'));
      onAuth(auth, callback);
    },
    onMailFrom(address, session, callback) {
      seen('onMailFrom', session);
      log('onMailFrom', 'address', address);
      answer(nameOf(address.address), callback);
    },
    onRcptTo(address, session, callback) {
      seen('onRcptTo', session);
      log('onRcptTo', 'address', address);
      answer(nameOf(address.address), callback);
    },
    onData(stream, session, callback) {
      seen('onData', session);
      log('onData', 'at first', { byteLength: stream.byteLength, sizeExceeded: stream.sizeExceeded });
      onData(stream, session, log, callback);
    },
    onClose(session) {
      seen('onClose', session);
    },
  };
  for (const name of app.without ?? []) delete all[name];
  return all;
}
