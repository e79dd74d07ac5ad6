// Starts what durable.mjs and cores.mjs measure: a server on an empty folder, and clients.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const pathOf = (file) => fileURLToPath(new URL(file, import.meta.url));
const START_TIMEOUT_MS = 20_000;

/** What the application is told: free ports, an account for the clients, a folder that is removed afterwards. */
function environmentOf(folder, more = {}) {
  return {
    ...process.env,
    NODE_ENV: 'development',
    DATA_DIR: folder,
    SMTP_PORT: '0',
    SMTPS_PORT: '0',
    HTTP_PORT: '0',
    BOOTSTRAP_USER: 'bench',
    BOOTSTRAP_PASSWORD: 'bench',
    ADMIN_TOKEN: 'bench',
    NO_COLOR: '1',
    ...more,
  };
}

/** Runs `use` on the application with its store or one that discards; the folder lies in `root`. */
export async function withStore(kind, root, use) {
  const folder = mkdtempSync(join(root, 'smtp-bench-'));
  const child = fork(pathOf('./app.mjs'), [kind], { env: environmentOf(folder), execArgv: ['--no-warnings'] });
  try {
    return await use({ child, port: (await answerOf(child)).port });
  } finally {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs `use` on the application as an operator starts it, with so many workers. */
export async function withWorkers(workers, root, use) {
  const folder = mkdtempSync(join(root, 'smtp-bench-'));
  const env = environmentOf(folder, { WORKERS: String(workers) });
  const child = spawn(process.execPath, ['--no-warnings', pathOf('../../dist/main.js')], { env });
  try {
    return await use({ child, port: Number(await said(child, /SMTPS +\S+:(\d+)/)) });
  } finally {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs `use` on a script that says where it listens when it is up. */
export async function withScript(script, args, use) {
  const child = spawn(process.execPath, [pathOf(script), ...args]);
  try {
    return await use({ child, port: Number(await said(child, /:(\d+)/)) });
  } finally {
    await end(child);
  }
}

/** Lets clients do a task (see load.mjs); throws what they met. */
export async function load(task) {
  const child = fork(pathOf('./load.mjs'));
  const ended = once(child, 'exit');
  child.send(task);
  const result = await answerOf(child);
  if (result.error !== undefined) throw new Error(`a client: ${result.error}`);
  await ended;
  return result;
}

/** What a child says next. */
export async function answerOf(child) {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`a process ended with ${code}`);
  });
  const [answer] = await Promise.race([once(child, 'message'), ended]);
  return answer;
}

/** The most memory that a process ever had, in octets (Linux). */
export function peakOctets({ pid }) {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
}

/** Processor time of a process and its children so far, in milliseconds (Linux). */
export function processorMs({ pid }) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  return [pid, ...children].map(ownProcessorMs).reduce((sum, each) => sum + each);
}

function ownProcessorMs(pid) {
  // Fields 14 and 15 of proc_pid_stat(5), in ticks of 10 ms; the name in front may have spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function said(child, pattern) {
  return new Promise((resolve, reject) => {
    let text = '';
    const failed = () => reject(new Error(`the server did not come up:\n${text}`));
    const timer = setTimeout(failed, START_TIMEOUT_MS);
    const hear = (chunk) => {
      text += chunk;
      const found = pattern.exec(text);
      if (found === null) return;
      clearTimeout(timer);
      resolve(found[1]);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('exit', failed);
  });
}

async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill();
  const timer = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}
