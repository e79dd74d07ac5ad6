import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Debian's redis-server on a port of the loopback interface that stays the same when it is started again. */
export class RedisProcess {
  private child: ChildProcess | undefined;

  private constructor(readonly port: number) {}

  static async start(): Promise<RedisProcess> {
    const redis = new RedisProcess(await freePort());
    await redis.run();
    return redis;
  }

  /** Starts it again, empty; resolves when it takes connections. */
  async run(): Promise<void> {
    const options = { '--port': `${this.port}`, '--bind': '127.0.0.1', '--save': '', '--appendonly': 'no' };
    const child = spawn('redis-server', Object.entries(options).flat(), { cwd: '/tmp', stdio: 'ignore' });
    this.child = child;
    await once(child, 'spawn');
    for (let tries = 0; !(await takesConnections(this.port)); tries++) {
      if (tries === 100 || child.exitCode !== null) throw new Error('redis-server does not start');
      await sleep(50);
    }
  }

  /** Connections stay open, and nothing is answered any more. */
  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
