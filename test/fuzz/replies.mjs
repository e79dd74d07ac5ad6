const READY_FOR_TLS = /^220 (?:2\.0\.0 )?Ready to start TLS\r\n/m;
const LINE = /^([2-5]\d\d)([ -])(?:([245]\.\d{1,3}\.\d{1,3})(?= ))?/;
// eslint-disable-next-line no-control-regex -- finding control characters is the purpose
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
// eslint-disable-next-line no-control-regex -- as above
const TLS_RECORD = /^[\u0014-\u0017]\u0003/;
const MAX_LINE_OCTETS = 512;

/** The part of what the server said that is SMTP; what follows belongs to a handshake. */
export function clearPart(said) {
  const ready = READY_FOR_TLS.exec(said);
  return ready === null ? said : said.slice(0, ready.index + ready[0].length);
}

/** What is wrong with what a server said (as latin1), by RFC 5321 §4.2; a list, empty where all is well. */
export function replyProblems(said, isTls) {
  const clear = isTls ? '' : clearPart(said);
  const problems = [];
  const rest = said.slice(clear.length);
  // Of a handshake that nobody takes part in, alerts are all there is to see (RFC 8446 §5.1).
  if (rest !== '' && !TLS_RECORD.test(rest)) problems.push('what comes after the dialogue is no TLS');
  if (clear !== '' && !clear.endsWith('\r\n')) problems.push('the last reply is cut off');
  let before;
  for (const octets of clear.split('\r\n').slice(0, -1)) {
    const problem = lineProblem(octets, before);
    if (problem !== undefined) problems.push(`${problem}: ${JSON.stringify(octets)}`);
    const [, code, mark, enhanced] = LINE.exec(octets) ?? [];
    before = mark === '-' ? { code, enhanced } : undefined;
  }
  if (before !== undefined) problems.push('the last reply has no last line');
  return problems;
}

function lineProblem(octets, before) {
  const text = Buffer.from(octets, 'latin1').toString('utf8');
  const [, code, , enhanced] = LINE.exec(octets) ?? [];
  if (code === undefined) return 'no reply';
  if (octets.length + 2 > MAX_LINE_OCTETS) return 'a reply line of more than 512 octets';
  if (text.includes('\ufffd')) return 'a reply that is not UTF-8';
  if (CONTROLS.test(text)) return 'control characters in a reply';
  if (enhanced !== undefined && enhanced[0] !== code[0]) return 'an enhanced code of another class';
  if (before !== undefined && before.code !== code) return 'a reply with two codes';
  // RFC 2034 §4: it stands on every line.
  if (before !== undefined && before.enhanced !== enhanced) return 'a reply with two enhanced codes';
  return undefined;
}
