import {
  Envelope,
  ForwardPath,
  replies,
  Reply,
  ReversePath,
  type Session,
  SmtpError,
  type Transaction,
} from 'smtp-engine';
import { SmtpException } from '../exceptions/smtp.exception.js';
import type { Handler } from '../smtp.handlers.js';
import type { BranchOutcome } from './route-branch.js';
import { answerForAll, answersForEach, type BranchVerdict, verdictOf } from './route-replies.js';
import { RouteTransaction } from './route-transaction.js';

const [ann, bob, eve] = ['ann', 'bob', 'eve'].map((name) => new ForwardPath(`${name}@x`, name, 'x')) as [
  ForwardPath,
  ForwardPath,
  ForwardPath,
];
const full = new Reply(452, '4.2.2', 'Full');
const unknown = new Reply(550, '5.1.1', 'Unknown');
const bug = new SmtpError(replies.localError, { cause: new Error('inner text') });

/** What a branch for Ann and Bob came to, and what of it was reported. */
function judge(outcome: BranchOutcome | undefined, openingCommand: 'EHLO' | 'LHLO' = 'LHLO') {
  const recipients = [ann, bob];
  const envelope = new Envelope(new ReversePath('', '', '')).forRecipients(recipients);
  const transaction = new RouteTransaction(envelope, { openingCommand } as Session);
  const share = { handler: {} as Handler, pattern: undefined, params: {}, recipients };
  const reported: Error[] = [];
  const verdict = verdictOf({ outcome, share, transaction }, (error) => reported.push(error));
  expect(verdict.recipients).toBe(recipients);
  return { value: verdict.value, reported };
}

describe('what a branch came to', () => {
  test.each<[string, unknown]>([
    ['a text', 'queued'],
    ['nothing', undefined],
    ['a refusal', false],
    ['a reply', full],
  ])('%s stays as it is', (_, value) => {
    expect(judge({ value })).toEqual({ value, reported: [] });
  });

  test('a failure is its reply; what has a cause is reported, and only that', () => {
    expect(judge({ error: new SmtpError(unknown) })).toEqual({ value: unknown, reported: [] });
    expect(judge({ error: bug })).toEqual({ value: replies.localError, reported: [bug] });
    const other = new TypeError('of ours');
    expect(judge({ error: other })).toEqual({ value: replies.localError, reported: [other] });
  });

  test('LMTP: a result for each, errors as their replies', () => {
    const { value, reported } = judge({ value: ['for ann', new SmtpException(452, 'Full', { enhanced: '4.2.2' })] });
    expect(value).toEqual(['for ann', expect.objectContaining({ code: 452, enhanced: '4.2.2', text: 'Full' })]);
    expect(reported).toEqual([]);
    expect(judge({ value: [bug, 'for bob'] })).toEqual({ value: [replies.localError, 'for bob'], reported: [bug] });
  });

  test('SMTP: the worst of them; the causes of the others are reported too', () => {
    expect(judge({ value: ['for ann', 'for bob'] }, 'EHLO')).toEqual({ value: 'for ann', reported: [] });
    expect(judge({ value: [unknown, full] }, 'EHLO')).toEqual({ value: full, reported: [] });
    const twice = judge({ value: [bug, new SmtpError(full, { cause: new Error('disk') })] }, 'EHLO');
    expect(twice.value).toBe(replies.localError);
    expect(twice.reported.map(({ cause }) => (cause as Error).message).sort()).toEqual(['disk', 'inner text']);
  });

  test.each(['EHLO', 'LHLO'] as const)('%s: an array of another length is a failure of ours', (opening) => {
    const { value, reported } = judge({ value: ['for ann'] }, opening);
    expect(value).toBe(replies.localError);
    expect(reported).toMatchObject([{ cause: { message: '1 answers for 2 recipients' } }]);
  });
});

describe('one reply for all', () => {
  const of = (...values: unknown[]): unknown => answerForAll(values.map((value) => ({ recipients: [], value })));

  test.each<[string, unknown[], unknown]>([
    ['all took it: what the first said', ['first', 'second'], 'first'],
    ['and the first said nothing', [undefined, 'second'], undefined],
    ['a positive reply is no refusal', [new Reply(250, '2.0.0', 'yes'), 'second'], new Reply(250, '2.0.0', 'yes')],
    ['the first permanent refusal', ['first', unknown, replies.transactionFailed], unknown],
    ['false refuses', ['first', false], replies.transactionFailed],
    ['null refuses', [null, 'second'], replies.transactionFailed],
    ['a temporary one before a permanent one, as 451', [unknown, full], new Reply(451, '4.2.2', 'Full')],
    [
      '421 as well: the connection is of the others too',
      [new Reply(421, '4.3.2', 'No')],
      new Reply(451, '4.3.2', 'No'),
    ],
    ['in an array too', ['first', ['ok', full]], new Reply(451, '4.2.2', 'Full')],
  ])('%s', (_, values, expected) => {
    expect(of(...values)).toEqual(expected);
  });
});

test('LMTP: each recipient has the answer of its own branch, in the order of the envelope', () => {
  const envelope = new Envelope(new ReversePath('', '', ''));
  envelope.rcptTo.push(ann, bob, eve);
  const verdicts: readonly BranchVerdict[] = [
    { recipients: [eve, ann], value: ['for eve', full] },
    { recipients: [bob], value: unknown },
  ];
  expect(answersForEach({ envelope } as Transaction, verdicts)).toEqual([full, unknown, 'for eve']);
  expect(answersForEach({ envelope } as Transaction, [{ recipients: [ann, bob, eve], value: 'same' }])).toEqual([
    'same',
    'same',
    'same',
  ]);
});
