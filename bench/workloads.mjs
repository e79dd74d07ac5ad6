// What is measured: one line a workload. `mode` is the shape of a connection (load/scripts.mjs), `conns` how many are open
// at a time, `size` the octets of a message, `unit` what the cost is divided by.
//
//   rcpts     recipients of a message            dotted   percent of the lines that begin with a dot
//   noops     NOOPs in front of each group       line     characters of a line
//   tls       none | starttls | implicit
//   messages  how many are measured; else it is for how long

const BULK = { conns: 1, mode: 'lock-step', size: 50e6, dotted: 1, unit: 'MB', messages: 6 };
const CONNECT = { conns: 50, mode: 'connection', size: 1024 };

export const WORKLOADS = {
  W1: { ...CONNECT, about: 'a connection a message, 1 KiB, 50 at a time' },
  W1x: { ...CONNECT, conns: 1000, about: 'a connection a message, 1 KiB, 1,000 at a time' },
  W2: { mode: 'lock-step', conns: 50, size: 4096, about: 'lock-step, 4 KiB, 50 connections' },
  W3: { mode: 'pipeline', conns: 50, size: 4096, about: 'pipelined, 4 KiB, 50 connections' },
  W3r: { mode: 'pipeline', conns: 50, size: 4096, rcpts: 100, about: 'pipelined, 100 recipients' },
  W4: { ...BULK, about: '50 MB, a connection' },
  W4x8: { ...BULK, conns: 8, messages: 16, about: '50 MB, 8 connections' },
  W4d: { ...BULK, dotted: 100, messages: 3, about: '50 MB, every line begins with a dot' },
  W4m: { ...BULK, size: 5e5, dotted: 100, line: 1, messages: 20, about: '500 kB of lines with nothing but a dot' },
  W5iex: { mode: 'connection', conns: 500, size: 0, tls: 'implicit', about: 'implicit TLS connections, ECDSA' },
  W5s: { mode: 'connection', conns: 50, size: 0, tls: 'starttls', about: 'STARTTLS connections, ECDSA' },
  W5b: { ...BULK, tls: 'implicit', about: '50 MB over TLS' },
  W6: { ...CONNECT, auth: true, about: 'AUTH PLAIN and a message a connection' },
  W7: { mode: 'idle', conns: 5000, unit: 'connection', about: 'memory of an idle connection' },
};

/** Cost must not grow faster than size: each is measured at 1×, 4× and 16×. */
export const SCALES = {
  size: (times) => ({ ...BULK, size: 1e6 * times, messages: Math.max(6, 96 / times), about: `${times} MB` }),
  dots: (times) => ({
    ...BULK,
    size: 1e6 * times,
    dotted: 100,
    messages: Math.max(3, 48 / times),
    about: `${times} MB of dots`,
  }),
  recipients: (times) => ({ ...WORKLOADS.W3, rcpts: 50 * times, about: `${50 * times} recipients` }),
  connections: (times) => ({ ...WORKLOADS.W3, conns: 25 * times, about: `${25 * times} connections` }),
  depth: (times) => ({ ...WORKLOADS.W3, noops: 50 * times, about: `${50 * times} commands in a group` }),
};
