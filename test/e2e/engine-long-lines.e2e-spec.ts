import { SmtpServer } from 'smtp-engine';
import { connectInMemory, type DialogueClient } from 'smtp-engine/testing';

const LONGEST = 64 * 1024;
const options = { authOptional: true, recipients: 'any', allowInsecureAuth: true } as const;

/** Sends a line of so many octets, CRLF included, in pieces, as a network does. */
async function sendLine(client: DialogueClient, octets: number): Promise<number> {
  const line = `NOOP ${'x'.repeat(octets - 7)}\r\n`;
  for (let at = 0; at < line.length; at += 1000) client.write(line.slice(at, at + 1000));
  return (await client.reply()).code;
}

describe('the longest lines that can be allowed', () => {
  test.each(['maxCommandLength', 'maxAuthLineLength'] as const)('%s has a bound', (option) => {
    const add = (value: number) => new SmtpServer({ ...options, [option]: value }).addListener();
    expect(() => add(LONGEST)).not.toThrow();
    expect(() => add(LONGEST + 1)).toThrow(`${option} is 65537; write a whole number from 512 to 65536`);
  });

  test('a line of that length is read to its end, a longer one is refused, and nothing stalls', async () => {
    const server = new SmtpServer({ ...options, maxCommandLength: LONGEST, maxAuthLineLength: LONGEST });
    server.addListener();
    const client = connectInMemory(server);
    await client.reply();
    expect(await sendLine(client, LONGEST)).toBe(250);
    expect(await sendLine(client, LONGEST + 1)).toBe(500);
    expect(await client.command('NOOP')).toMatchObject({ code: 250 });
    client.destroy();
    await server.close();
  });
});
