import type { SmtpListenerOptions } from './interfaces/smtp-module-options.interface.js';
import { applyRole, roleProblems } from './smtp.roles.js';

test.each<[Partial<SmtpListenerOptions>, SmtpListenerOptions]>([
  [{}, { id: 'a' }],
  [
    { role: 'submission', port: 2525 },
    { id: 'a', port: 2525 },
  ],
  [{ role: 'mx' }, { id: 'a', port: 25, disabledCommands: ['VRFY', 'AUTH'] }],
  [
    { role: 'mx', port: 0 },
    { id: 'a', port: 0, disabledCommands: ['VRFY', 'AUTH'] },
  ],
  [
    { role: 'mx', path: '/s' },
    { id: 'a', path: '/s', disabledCommands: ['VRFY', 'AUTH'] },
  ],
  [{ role: 'lmtp' }, { id: 'a', lmtp: true, disabledCommands: ['VRFY', 'AUTH'] }],
])('%j', (own, expected) => {
  const all = { disabledCommands: own.role === undefined || own.role === 'submission' ? [] : ['VRFY'] };
  expect(applyRole({ id: 'a', ...own }, all)).toEqual(expected);
  expect(roleProblems({ id: 'a', ...own })).toEqual([]);
});
