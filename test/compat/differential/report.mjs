import { inspect } from 'node:util';
import { differences } from './compare.mjs';

/** A failed dialogue: both transcripts side by side, then what nobody explains. */
export function report({ id, setupName }, [original, ours], left, isAll) {
  const lines = [`FAILED ${id}, setup ${inspect(setupName, { breakLength: Infinity })}`];
  lines.push(sideBySide('smtp-server', 'compat', ' '));
  for (const [index, step] of original.steps.entries()) {
    lines.push(`   > ${step.sent}`);
    const got = ours.steps[index]?.got ?? [];
    for (let at = 0; at < Math.max(step.got.length, got.length); at++) {
      lines.push(sideBySide(step.got[at] ?? '', got[at] ?? '', step.got[at] === got[at] ? ' ' : '!'));
    }
  }
  const shown = isAll ? differences(original, ours) : left;
  for (const { where, after, original: said, ours: saying, claimed } of shown) {
    lines.push(
      `   ${where}${after === '' ? '' : ` after ${after}`}${claimed?.length > 0 ? `, claimed by ${claimed.join(' and ')}` : ''}`,
    );
    lines.push(...said.map((line) => `     - ${line}`), ...saying.map((line) => `     + ${line}`));
  }
  return lines.join('\n');
}

const WIDTH = 58;
const sideBySide = (left, right, mark) => ` ${mark}   ${left.padEnd(WIDTH)} ${mark} ${right}`;
