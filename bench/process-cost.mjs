// What a process has cost so far, read from Linux' /proc: other systems have no such figures for a process that is not Node.
import { readdirSync, readFileSync } from 'node:fs';

/** @returns processor time of all threads in microseconds */
export function cpuMicroseconds(pid) {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]);
  }
  return nanoseconds / 1000;
}

/** @returns resident memory in octets */
export function residentOctets(pid) {
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))[1];
  return Number(kilobytes) * 1024;
}
