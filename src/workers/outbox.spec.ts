import { Outbox } from './outbox.js';

test('what is put in one turn goes together, in its order; what comes later goes later', async () => {
  const sent: (readonly number[])[] = [];
  const outbox = new Outbox<number>((messages, done) => {
    sent.push(messages);
    done();
  });
  void outbox.put(1);
  await outbox.put(2);
  expect(sent).toEqual([[1, 2]]);
  await outbox.put(3);
  expect(sent).toEqual([[1, 2], [3]]);
});

test('put() waits until it is told that all are on their way', async () => {
  let finish = (): void => undefined;
  const outbox = new Outbox<number>((_messages, done) => (finish = done));
  let isSent = false;
  const sending = outbox.put(1).then(() => (isSent = true));
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  expect(isSent).toBe(false);
  finish();
  await sending;
  expect(isSent).toBe(true);
});
